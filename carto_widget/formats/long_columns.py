"""A table's columns as training dynamics: a row a sample and epoch, or lists over the epochs.

Which column is which: `roles`. Where `epoch` or a known signal holds lists, a row is a sample, and
its lists have a value for each epoch that it was seen in (`epoch` says which, else 0, 1, ...);
other lists of numbers of the same lengths are signals too, other lists are passed over.
`logits` and `pred_probs` have a list of the classes' values in each place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.arrays import log_of
from carto_widget.formats.columns import (
    depths_of_schema,
    guids,
    integers,
    numbers,
    require_whole,
    texts,
)
from carto_widget.formats.limits import require_rows
from carto_widget.formats.notes import note_of
from carto_widget.formats.roles import SIGNALS, is_logged, roles_of, said_of_missing
from carto_widget.formats.spread import dynamics_of_rows
from carto_widget.store.arrays import codes
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.kinds import WITHOUT_GOLD

_OF_CLASSES = ("logits", "label_margin", "pred_probs")


def holds_dynamics(depths: Mapping[str, int]) -> bool:
    """Whether columns (name -> depth of lists) are training dynamics, or a log that should be."""
    roles = roles_of(depths)
    if "gold" not in roles:
        return is_logged(depths)
    return {"guid", "epoch"} <= {*roles} or bool(_lists(depths, roles)) or is_logged(depths)


def dynamics_of_table(
    path: Path, table: Any, n_bytes: int | None = None, **series: str
) -> TrainingDynamics:
    """Training dynamics of a `pyarrow.Table`.

    Args:
        path: named in errors.
        table: its columns.
        n_bytes: of the file, which bounds how many values its lists may have.
        **series: split, mode and task, where they are not what the table's note says.

    Raises:
        ValueError: a column that is missing or is not what it should be.
    """
    note = note_of(path, table.schema)
    roles = roles_of(table.column_names)
    missing = [role for role in ("guid", "epoch", "gold") if role not in roles]
    depths = depths_of_schema(table.schema)
    lists = _lists(depths, roles)
    if "gold" in missing or (missing and not lists):
        raise ValueError(f"{path}: {said_of_missing(missing, table.column_names)}")
    guid = _guid(path, table, roles)
    names = note.get("label_names") or _class_names(table.schema, roles["gold"])
    names = names or _named(table, roles["gold"], roles.get("prediction"))
    kind = note.get("kind", "multiclass")
    gold, names = _labels(path, table.column(roles["gold"]), names, kind)
    columns: dict[str, Any] = {name: table.column(name) for name in table.column_names}
    row = None
    if any(depths[name] - (role in _OF_CLASSES) > 0 for role, name in lists.items()):
        columns, row = _unnested(path, columns, depths, lists)
        require_rows(path, len(row), n_bytes or 2**62)
        guid, gold = guid[row], gold[row]
    epoch = columns.get(roles.get("epoch", "epoch"))
    numbered = np.zeros(len(guid), np.int64) if epoch is None else integers(path, "epoch", epoch)
    return dynamics_of_rows(
        path,
        guid,
        numbered,
        gold,
        _signals(path, columns, roles, names),
        label_names=names,
        kind=kind,
        **({name: note[name] for name in ("split", "mode", "task") if name in note} | series),
    )


def _lists(depths: Mapping[str, int], roles: Mapping[str, str]) -> dict[str, str]:
    """Role -> column, of the roles that hold lists."""
    return {
        role: name
        for role, name in roles.items()
        if (role in SIGNALS or role == "epoch") and depths[name] > 0
    }


def _guid(path: Path, table: Any, roles: Mapping[str, str]) -> NDArray[Any]:
    return guids(path, table.column(roles["guid"])) if "guid" in roles else np.arange(len(table))


def _unnested(
    path: Path, columns: Mapping[str, Any], depths: Mapping[str, int], lists: Mapping[str, str]
) -> tuple[dict[str, Any], NDArray[np.int64]]:
    """Columns a row a sample and epoch, and which row of the table each came from."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = {name: depths[name] - (role in _OF_CLASSES) for role, name in lists.items()}
    first = next(name for name, depth in known.items() if depth == 1)
    lengths = _lengths(columns[first])
    row = np.repeat(np.arange(len(lengths)), lengths)
    found = {
        "epoch": pa.array(np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths))
    }
    for name, column in columns.items():
        if known.get(name, depths[name]) != 1:
            continue
        if np.array_equal(_lengths(column), lengths):
            found[name] = pc.list_flatten(_as_lists(column))
        elif name in known:
            raise ValueError(f"{path}: {name!r} has other numbers of epochs than {first!r}")
    return found, row


def _as_lists(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_fixed_size_list(column.type):
        column = column.cast(pa.list_(column.type.value_type))
    return column


def _lengths(column: Any) -> NDArray[np.int64]:
    import pyarrow.compute as pc

    lengths = pc.list_value_length(_as_lists(column)).fill_null(0)
    return np.asarray(lengths.to_numpy(), np.int64)


def _signals(
    path: Path,
    columns: Mapping[str, Any],
    roles: Mapping[str, str],
    label_names: list[str] | None,
) -> dict[str, NDArray[Any]]:
    """Signal -> (R,), logits (R, C)."""
    of_column = {name: role for role, name in roles.items()}
    found: dict[str, NDArray[Any]] = {}
    for name, column in columns.items():
        role = of_column.get(name, name)
        if role in ("guid", "epoch", "gold") or name.startswith("_"):
            continue
        values = _matrix(path, name, column) if role in _OF_CLASSES else numbers(column)
        if role == "prediction" and values is None and label_names is not None:
            values = _codes_of_known(texts(column), label_names)
        if values is not None:
            found[role] = values
    if "pred_probs" in found:
        found["logits"] = log_of(path, found.pop("pred_probs"))
    if not found:
        raise ValueError(f"{path}: no column of numbers beside guid, epoch and gold")
    counts = found.get("n_seen")
    if counts is not None and not ((counts >= 0) & (counts < 2**31)).all():
        raise ValueError(f"{path}: n_seen must be a number of presentations in every row")
    return found


def _matrix(path: Path, name: str, column: Any) -> NDArray[np.float64] | None:
    """Lists of one length, (R, C); NaN where a list is missing. None of what holds no lists."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not depths_of_schema(pa.schema([(name, column.type)]))[name]:
        return None
    is_there = np.asarray(column.is_valid().to_numpy(zero_copy_only=False), bool)
    lengths = _lengths(column)[is_there]
    flat = numbers(pc.list_flatten(_as_lists(column)))
    if flat is None or not len(lengths) or lengths.min() != lengths.max() or not lengths[0]:
        raise ValueError(f"{path}: {name} must hold as many numbers, one a class, in every place")
    found = np.full((len(is_there), lengths[0]), np.nan)
    found[is_there] = flat.reshape(-1, lengths[0])
    return found


def _codes_of_known(named: NDArray[Any] | None, names: list[str]) -> NDArray[np.float64] | None:
    if named is None:
        return None
    number = {name: i for i, name in enumerate(names)}
    return np.array([number.get(name, np.nan) for name in named.tolist()])


def _labels(
    path: Path, column: Any, names: Any, kind: str
) -> tuple[NDArray[Any], list[str] | None]:
    """(R,) class numbers; (R,) numbers of a regression; (R, L) flags; -1 of sequences."""
    if kind in WITHOUT_GOLD:
        return np.full(len(column), -1, np.int32), names
    if kind == "regression":
        values = numbers(column)
        if values is None:
            raise ValueError(f"{path}: gold is {column.type}, expected numbers")
        return values.astype(np.float32), names
    require_whole(path, "gold", column)
    if kind == "multilabel":
        flags = _matrix(path, "gold", column)
        if flags is None or not np.isin(flags, (0, 1, 255)).all():
            raise ValueError(f"{path}: gold must hold lists of 0, 1 and 255 (not known)")
        return flags.astype(np.uint8), names
    named = texts(column)
    if named is not None:
        return codes(named, names)
    labels = integers(path, "gold", column)
    if len(labels) and labels.min() < 0:
        raise ValueError(f"{path}: gold label {labels.min()}, expected the number of a class")
    return labels.astype(np.int32), names


def _named(table: Any, gold: str, prediction: str | None) -> list[str] | None:
    """The sorted names of labels and predictions that are text."""
    named = texts(table.column(gold))
    if named is None:
        return None
    predicted = None if prediction is None else texts(table.column(prediction))
    both = [*named.tolist(), *([] if predicted is None else predicted.tolist())]
    return sorted({name for name in both if name is not None})


def _class_names(schema: Any, column: str) -> list[str] | None:
    """The names that Hugging Face's ClassLabel gives the values of a column."""
    try:
        note = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        names = note["info"]["features"][column]["names"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_named = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return names if is_named else None
