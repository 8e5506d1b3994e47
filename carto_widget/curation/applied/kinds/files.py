"""Files: CSV and TSV, Parquet, JSON lines. What is not edited is written as it stood."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from carto_widget.curation.applied.edits import Edits
from carto_widget.curation.applied.kinds.frame import relabelled, source_of
from carto_widget.curation.applied.kinds.records import copied_lines, copied_records
from carto_widget.curation.applied.plan import Plan
from carto_widget.curation.applied.source import Rows, Source
from carto_widget.store.places.durable import write_file

NAME = "the path of a CSV, TSV, Parquet or JSON lines file"
OPTIONS = ("to", "overwrite")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_LINES = (".jsonl", ".ndjson")
_SUFFIXES = (*_DELIMITERS, ".parquet", *_LINES)


def recognises(dataset: Any) -> bool:
    return isinstance(dataset, (str, os.PathLike))


def sources(path: Any, edits: Edits) -> dict[str | None, Source]:
    """The samples as pandas reads them: named by the column ``guid=``, else by the index that a
    Parquet file keeps, else by their rows."""
    is_text = any(isinstance(one, str) for one in edits.held(None).guid.levels[:1])
    frame = _frame(_known(path), edits.way.guid if is_text else None)
    return {None: replace(source_of(frame, edits, str(path)), read=frame)}


def made(
    path: Any, plans: dict[str | None, Plan], *, to: Any = None, overwrite: bool = False
) -> Path:
    """The path of the new file, which is there whole or not at all.

    Raises:
        ValueError: No ``to=``, or one that is the file itself or of another kind.
        FileExistsError: There is a file of that name.
    """
    source, plan = _known(path), plans[None]
    target = _target(source, to, overwrite)
    labels = relabelled(plan.source.read[plan.source.gold], plan)
    kept = np.ones(len(labels), bool) if plan.kept is None else plan.kept
    if source.suffix.lower() == ".parquet":
        write_file(target, lambda file: _write_parquet(source, file, plan, labels, kept))
        return target
    rows = _rewritten(plan, labels)
    new = dict(zip(rows.tolist(), map(_plain, labels.iloc[rows].tolist()), strict=True))
    delimiter = _DELIMITERS.get(source.suffix.lower())
    if delimiter is None:
        write_file(target, lambda file: copied_lines(source, file, plan.source.gold, new, kept))
    else:
        column = plan.source.read.columns.get_loc(plan.source.gold)
        write_file(target, lambda file: copied_records(source, file, delimiter, column, new, kept))
    return target


def _rewritten(plan: Plan, labels: pd.Series[Any]) -> Rows:
    """(R,) the rows of which the label is written: those edited; all where flags became numbers."""
    were, are = (
        pd.api.types.infer_dtype(one) for one in (plan.source.read[plan.source.gold], labels)
    )
    if were == "boolean" and are != "boolean":
        return np.flatnonzero(labels.notna())
    return plan.relabelled[0]


def _known(path: Any) -> Path:
    found = Path(path)
    if found.suffix.lower() not in _SUFFIXES:
        raise ValueError(f"apply: {str(path)!r}; expected a file ending in {', '.join(_SUFFIXES)}")
    if not found.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    return found


def _target(source: Path, to: Any, overwrite: bool) -> Path:
    if to is None:
        raise ValueError(
            f"apply: the file stays as it is; say where the new one shall be, to="
            f'"{source.stem}.fixed{source.suffix}"'
        )
    target = Path(to)
    if target.suffix.lower() != source.suffix.lower():
        raise ValueError(f"apply: to={str(to)!r}, expected a file ending in {source.suffix}")
    if target.exists() and target.samefile(source):
        raise ValueError(f"apply: to={str(to)!r} is the file itself, which stays as it is")
    if target.exists() and not overwrite:
        raise FileExistsError(f"{to}: there is such a file; overwrite=True replaces it")
    return target


def _frame(path: Path, text: Any) -> pd.DataFrame:
    """As pandas reads it, but for a column of a CSV file that holds texts, as "001" is one.

    Raises:
        ValueError: It is no such file, or not in UTF-8.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            return pq.ParquetFile(path).read().to_pandas()  # type: ignore[no-any-return]
        if suffix in _DELIMITERS:
            options: Any = {} if text is None else {"dtype": {text: object}}
            frame: pd.DataFrame = pd.read_csv(
                path, sep=_DELIMITERS[suffix], index_col=False, **options
            )
            return frame
        with open(path, encoding="utf-8-sig") as file:
            rows = [json.loads(line) for line in file if line.strip()]
    except (ValueError, pa.ArrowException, RecursionError) as error:
        raise ValueError(f"{path}: cannot be read as {suffix[1:]} ({str(error)[:200]})") from error
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path}: expected one JSON object a line")
    return pd.DataFrame(rows)


def _write_parquet(
    source: Path, file: Path, plan: Plan, labels: pd.Series[Any], kept: NDArray[np.bool_]
) -> None:
    held = pq.ParquetFile(source)
    table = held.read()
    at = table.schema.get_field_index(plan.source.gold)
    if len(plan.relabelled[0]) or isinstance(labels.dtype, pd.CategoricalDtype):
        field = table.field(at)
        new = _as(labels, field.type)
        table = table.set_column(at, field.name, new)
        if new.type != field.type:
            table = table.replace_schema_metadata(_without(table.schema.metadata, field.name))
    packed = held.metadata.num_row_groups and held.metadata.row_group(0).column(0).compression
    pq.write_table(table.filter(pa.array(kept)), file, compression=packed or "snappy")


def _without(metadata: dict[bytes, bytes] | None, column: str) -> dict[bytes, bytes] | None:
    """What is written beside a table without a column's type in pandas, which it has no more."""
    if not metadata or b"pandas" not in metadata:
        return metadata
    told = json.loads(metadata[b"pandas"])
    told["columns"] = [one for one in told["columns"] if one["name"] != column]
    return metadata | {b"pandas": json.dumps(told).encode()}


def _as(labels: pd.Series[Any], kind: pa.DataType) -> pa.Array:
    """The labels in the type that the file has, where it can hold them."""
    found = pa.array(labels, from_pandas=True)
    try:
        if pa.types.is_dictionary(kind) and pa.types.is_dictionary(found.type):
            codes, levels = found.indices.cast(kind.index_type), found.dictionary
            return pa.DictionaryArray.from_arrays(
                codes, levels.cast(kind.value_type), ordered=kind.ordered
            )
        is_more = pa.types.is_boolean(kind) and not pa.types.is_boolean(found.type)
        return found if is_more else found.cast(kind)  # a cast makes True of 2
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # it cannot
        return found


def _plain(label: Any) -> Any:
    """A label as it is written: whole numbers without a fraction."""
    return int(label) if isinstance(label, float) and label.is_integer() else label
