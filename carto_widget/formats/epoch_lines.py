"""One file `dynamics_epoch_<N>.jsonl`, by the quickest reader that is sure of it.

First as cells, then by pyarrow's JSON reader, then line by line: the last one knows every rule and
says what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.epoch_cells import blocks_of_cells, cells_of_line, numbers_of
from carto_widget.formats.limits import MAX_LINE
from carto_widget.store.run.ids import guid_array
from carto_widget.store.signals import from_logits


@dataclass(frozen=True)
class Epoch:
    """The lines of one file.

    Attributes:
        guid: (R,) a pyarrow array, int64 or string.
        gold: (R,) int32 in 0..C-1.
        signals: `loss`, `margin`, `other_label` (R,) and `logits` (R, C), float32.
    """

    guid: Any
    gold: NDArray[np.int32]
    signals: dict[str, NDArray[np.float32]]

    @classmethod
    def of_logits(
        cls, file: Path, guid: Any, gold: NDArray[np.int64], logits: NDArray[np.float64]
    ) -> Epoch:
        """Signals of logits (R, C).

        Raises:
            ValueError: fewer than two logits, a gold label outside of them.
        """
        n_classes = logits.shape[1]
        if n_classes < 2:
            refuse(
                file,
                f"{n_classes} logit a line. A softmax over one logit is always 1, so a data map "
                "of it says nothing; write both classes' logits, for example [0, logit]",
            )
        outside = np.flatnonzero((gold < 0) | (gold >= n_classes))
        if len(outside):
            refuse(
                file,
                f"gold label {gold[outside[0]]} of guid {guid[int(outside[0])].as_py()!r} is "
                f"outside 0..{n_classes - 1} ({n_classes} logits)",
            )
        with np.errstate(over="ignore"):  # beyond 32-bit floats: infinite
            signals = {**from_logits(logits, gold), "logits": logits.astype(np.float32)}
        return cls(guid, gold.astype(np.int32), signals)

    @classmethod
    def joined(cls, pieces: list[Epoch]) -> Epoch:
        """Several parts of a file as one."""
        import pyarrow as pa

        names = pieces[0].signals
        return cls(
            pa.concat_arrays([one.guid for one in pieces]),
            np.concatenate([one.gold for one in pieces]),
            {name: np.concatenate([one.signals[name] for one in pieces]) for name in names},
        )


def epoch_of_file(file: Path, number: int) -> Epoch | None:
    """The file of epoch `number`; None of one without a line.

    Raises:
        ValueError: a line that is not as it should be; names file and line.
    """
    first = next(_objects(file), None)
    if first is None:
        return None
    _, text, found = first
    return by_cells(file, number, text) or by_columns(file, number, found) or by_lines(file, number)


def by_cells(file: Path, number: int, first: str) -> Epoch | None:
    """The file through the CSV reader; None where its lines are not alike."""
    cells = cells_of_line(first, number)
    pieces = []
    for values in blocks_of_cells(file, cells) if cells else ():
        if values is None:
            return None
        guid, *logits, gold = values
        # By column: what runs along the classes is three times as fast so.
        of_columns = np.stack([numbers_of(one, np.float64) for one in logits]).T
        pieces.append(Epoch.of_logits(file, guid, numbers_of(gold, np.int64), of_columns))
    return Epoch.joined(pieces) if pieces else None


def by_columns(file: Path, number: int, first: dict[str, Any]) -> Epoch | None:
    """The file by pyarrow's JSON reader; None where it is not plain enough for that."""
    import pyarrow as pa
    import pyarrow.json

    key = f"logits_epoch_{number}"
    schema = pa.schema(
        {
            "guid": pa.string() if isinstance(first.get("guid"), str) else pa.int64(),
            key: pa.list_(pa.float64()),
            "gold": pa.int64(),
        }
    )
    options = pyarrow.json.ParseOptions(schema, unexpected_field_behavior="ignore")
    try:
        found = pyarrow.json.read_json(file, parse_options=options)
    except pa.ArrowException:
        return None
    if any(found.column(name).null_count for name in schema.names):
        return None
    logits = found.column(key).combine_chunks()
    widths = np.unique(np.diff(logits.offsets.to_numpy()))
    if len(widths) != 1 or widths[0] == 0:
        return None
    flat = logits.flatten().to_numpy(zero_copy_only=False)
    guid, gold = found.column("guid").combine_chunks(), found.column("gold").to_numpy()
    return Epoch.of_logits(file, guid, gold, flat.reshape(-1, int(widths[0])))


def by_lines(file: Path, number: int) -> Epoch:
    """The file line by line.

    Raises:
        ValueError: a line that is not as it should be; names it.
    """
    import pyarrow as pa

    guids: list[Any] = []
    golds: list[int] = []
    rows: list[list[float] | None] = []
    width = 0
    for line, _, found in _objects(file):
        guid, gold, logits = _checked(file, line, found, number)
        guids.append(guid)
        golds.append(gold)
        rows.append(logits)
        if logits is not None:
            width = width or len(logits)
            if len(logits) != width:
                refuse(file, f"{len(logits)} logits, {width} in the lines before", line)
    missing = [float("nan")] * width
    logits_of_all = np.array([missing if row is None else row for row in rows], np.float64)
    try:
        guid = guid_array(guids)
    except (TypeError, OverflowError) as error:
        refuse(file, str(error))
    kind = pa.int64() if guid.dtype.kind == "i" else pa.string()
    return Epoch.of_logits(file, pa.array(guid, kind), np.array(golds), logits_of_all)


def _checked(
    file: Path, line: int, found: dict[str, Any], number: int
) -> tuple[Any, int, list[float] | None]:
    """Guid, gold label and logits of one object; None for logits that are null."""
    key = f"logits_epoch_{number}"
    for name in ("guid", key, "gold"):
        if name not in found:
            refuse(file, f"no {name!r}; the keys are {', '.join(map(repr, found))[:200]}", line)
    guid, logits, gold = found["guid"], found[key], found["gold"]
    if isinstance(guid, bool) or not isinstance(guid, (int, str)):
        refuse(file, f"guid {_shown(guid)}, expected an int or a str", line)
    if isinstance(guid, str) and not _is_text(guid):
        refuse(file, f"guid {guid[:60]!a} is not text: half of a surrogate pair", line)
    if isinstance(gold, bool) or not isinstance(gold, int) or abs(gold) >= 2**31:
        refuse(file, f"gold {_shown(gold)}, expected the number of a class", line)
    if logits is None:
        return guid, gold, None
    if not isinstance(logits, list) or not logits or not all(map(_is_logit, logits)):
        refuse(file, f"{key} is {_shown(logits)}, expected a list of numbers", line)
    return guid, gold, [_logit(value) for value in logits]


def _shown(value: Any) -> str:
    try:
        return repr(value)[:60]
    except RecursionError:
        return "nested too deep"


def _is_text(guid: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in guid)


def _is_logit(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _logit(value: float | None) -> float:
    if value is None:
        return float("nan")
    try:
        return float(value)
    except OverflowError:  # an integer of more than 308 digits
        return float("inf") if value > 0 else float("-inf")


def _objects(file: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(line number from 1, its text, its object) of the lines that are not blank."""
    with open(file, encoding="utf-8-sig") as lines:
        try:
            for line, text in enumerate(iter(lambda: lines.readline(MAX_LINE), ""), 1):
                if len(text) == MAX_LINE:
                    refuse(file, f"longer than {MAX_LINE:,} characters", line)
                if text.strip():
                    yield line, text, _object(file, line, text)
        except UnicodeDecodeError as error:
            raise ValueError(f"{file}: not JSON lines in UTF-8 ({error})") from error


def _object(file: Path, line: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}, line {line}: not JSON ({error})") from error
    if not isinstance(found, dict):
        refuse(file, f"{text[:40]!r} is not a JSON object", line)
    return found


def refuse(file: Path, what: str, line: int | None = None) -> NoReturn:
    """Raise a `ValueError` that names file and line."""
    where = file if line is None else f"{file}, line {line}"
    raise ValueError(f"{where}: {what}")
