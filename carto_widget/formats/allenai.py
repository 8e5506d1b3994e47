"""The original paper's `training_dynamics/dynamics_epoch_<N>.jsonl` (allenai/cartography).

One file an epoch, one JSON object a line: `{"guid": ..., "logits_epoch_<N>": [...], "gold": ...}`.
Rules where the original's own reader fails or guesses:

- The epochs are the numbers in the file names: they may start anywhere and have gaps. Other files
  in the folder, blank lines, empty files and further keys are passed over. One such file alone is
  one epoch.
- A guid that an epoch does not have is not observed in it; guids may first come in a later epoch,
  epochs may have no guid in common.
- A guid twice in one epoch: its first line counts, and `n_seen` is added.
- A logit that is null, NaN or +inf makes the observation a missing one.
- Refused, naming file and line or guid: a gold label that changes or lies outside the logits,
  a single logit, another number of logits than before, guids of both kinds (int and str), two files
  of one epoch, and what `limits` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from carto_widget.formats.limits import MAX_LINE
from carto_widget.formats.spread import dynamics_of_rows
from carto_widget.store.chosen import require_series
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.ids import first_three, guid_array
from carto_widget.store.parts import Series

TITLE = "allenai/cartography's folder training_dynamics/ of dynamics_epoch_<N>.jsonl"
_NAME = re.compile(r"dynamics_epoch_(\d{1,9})\.jsonl")


@dataclass(frozen=True)
class Epoch:
    """The lines of one file: guid (R,), gold (R,) int64, logits (R, C) float64."""

    guid: NDArray[Any]
    gold: NDArray[np.int64]
    logits: NDArray[np.float64]


def recognises(path: Path) -> bool:
    """Such a folder, the one above it, or one such file."""
    return bool(_files(path))


def read(
    path: Path, split: str, mode: str | None, task: str | None, running: bool
) -> TrainingDynamics:
    """Training dynamics of split "train", mode "online" (so the original records); see `load`."""
    require_series([Series()], split, mode, task)
    files = _files(path)
    of_epochs = {number: _read_epoch(file, number) for number, file in files.items()}
    of_epochs = {number: one for number, one in of_epochs.items() if len(one.gold)}
    if not of_epochs:
        raise ValueError(f"{path}: {len(files)} epoch files without a line")
    _require_one_width(files, of_epochs)
    try:
        guid = guid_array([one for epoch in of_epochs.values() for one in epoch.guid.tolist()])
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{path}: {error}") from error
    gold = np.concatenate([one.gold for one in of_epochs.values()])
    logits = np.concatenate([one.logits for one in of_epochs.values()])
    numbers = np.repeat(list(of_epochs), [len(one.gold) for one in of_epochs.values()])
    _require_gold_inside(path, guid, gold, numbers, logits.shape[1])
    return dynamics_of_rows(path, guid, numbers, gold, {"logits": logits})


def _files(path: Path) -> dict[int, Path]:
    """Epoch number -> file, ascending."""
    for files in (_inside(path), _inside(path / "training_dynamics"), [path]):
        found: dict[int, Path] = {}
        for file in sorted(files):
            match = _NAME.fullmatch(file.name)
            if match and file.is_file():
                same = found.setdefault(int(match[1]), file)
                if same != file:
                    _refuse(file, f"epoch {int(match[1])} is in {same.name} too")
        if found:
            return dict(sorted(found.items()))
    return {}


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _require_one_width(files: dict[int, Path], of_epochs: dict[int, Epoch]) -> None:
    widths = {number: one.logits.shape[1] for number, one in of_epochs.items()}
    first = next(iter(widths))
    for number, width in widths.items():
        if width < 2:
            _refuse(
                files[number],
                f"{width} logit a line. A softmax over one logit is always 1, so a data map of it "
                "says nothing; write both classes' logits, for example [0, logit]",
            )
        if width != widths[first]:
            _refuse(files[number], f"{width} logits a line, {widths[first]} in epoch {first}")


def _require_gold_inside(
    path: Path,
    guid: NDArray[Any],
    gold: NDArray[np.int64],
    numbers: NDArray[np.int64],
    n_classes: int,
) -> None:
    outside = np.flatnonzero((gold < 0) | (gold >= n_classes))
    if len(outside):
        where = outside[0]
        raise ValueError(
            f"{path}: gold label {gold[where]} of guid {first_three(guid[where : where + 1])} in "
            f"epoch {numbers[where]} is outside 0..{n_classes - 1} ({n_classes} logits); "
            f"{len(outside):,} lines are so"
        )


def _read_epoch(file: Path, number: int) -> Epoch:
    """One file: by pyarrow, or line by line where that refuses (and to say what is wrong)."""
    first = next(_objects(file), None)
    if first is None:
        return Epoch(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 0)))
    by_columns = _read_columns(file, number, isinstance(first[1].get("guid"), str))
    return by_columns if by_columns is not None else _read_lines(file, number)


def _read_columns(file: Path, number: int, is_text: bool) -> Epoch | None:
    """The file by pyarrow's JSON reader; None where it is not plain enough for that."""
    import pyarrow as pa
    import pyarrow.json

    key = f"logits_epoch_{number}"
    schema = pa.schema(
        {
            "guid": pa.string() if is_text else pa.int64(),
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
    offsets = logits.offsets.to_numpy()
    widths = np.unique(np.diff(offsets))
    if len(widths) != 1 or widths[0] == 0:
        return None
    flat = logits.flatten().to_numpy(zero_copy_only=False)
    guid = found.column("guid")
    return Epoch(
        np.asarray(guid.to_pylist(), object) if is_text else guid.to_numpy(),
        found.column("gold").to_numpy(),
        np.asarray(flat, np.float64).reshape(-1, int(widths[0])),
    )


def _read_lines(file: Path, number: int) -> Epoch:
    guids: list[Any] = []
    golds: list[int] = []
    rows: list[list[float] | None] = []
    width = 0
    for line, found in _objects(file):
        guid, gold, logits = _checked(file, line, found, number)
        guids.append(guid)
        golds.append(gold)
        rows.append(logits)
        if logits is not None:
            width = width or len(logits)
            if len(logits) != width:
                _refuse(file, f"{len(logits)} logits, {width} in the lines before", line)
    missing = [float("nan")] * width
    logits_of_all = np.array([missing if row is None else row for row in rows], np.float64)
    try:
        return Epoch(guid_array(guids), np.array(golds, np.int64), logits_of_all)
    except (TypeError, OverflowError) as error:
        _refuse(file, str(error))


def _checked(
    file: Path, line: int, found: dict[str, Any], number: int
) -> tuple[Any, int, list[float] | None]:
    """Guid, gold label and logits of one object; None for logits that are null."""
    key = f"logits_epoch_{number}"
    for name in ("guid", key, "gold"):
        if name not in found:
            _refuse(file, f"no {name!r}; the keys are {', '.join(map(repr, found))[:200]}", line)
    guid, logits, gold = found["guid"], found[key], found["gold"]
    if isinstance(guid, bool) or not isinstance(guid, (int, str)):
        _refuse(file, f"guid {_shown(guid)}, expected an int or a str", line)
    if isinstance(guid, str) and not _is_text(guid):
        _refuse(file, f"guid {guid[:60]!a} is not text: half of a surrogate pair", line)
    if isinstance(gold, bool) or not isinstance(gold, int) or abs(gold) >= 2**31:
        _refuse(file, f"gold {_shown(gold)}, expected the number of a class", line)
    if logits is None:
        return guid, gold, None
    if not isinstance(logits, list) or not logits or not all(map(_is_logit, logits)):
        _refuse(file, f"{key} is {_shown(logits)}, expected a list of numbers", line)
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


def _objects(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object) of the lines that are not blank."""
    with open(file, encoding="utf-8-sig") as lines:
        try:
            for line, text in enumerate(iter(lambda: lines.readline(MAX_LINE), ""), 1):
                if len(text) == MAX_LINE:
                    _refuse(file, f"longer than {MAX_LINE:,} characters", line)
                if text.strip():
                    yield line, _object(file, line, text)
        except UnicodeDecodeError as error:
            raise ValueError(f"{file}: not JSON lines in UTF-8 ({error})") from error


def _object(file: Path, line: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}, line {line}: not JSON ({error})") from error
    if not isinstance(found, dict):
        _refuse(file, f"{text[:40]!r} is not a JSON object", line)
    return found


def _refuse(file: Path, what: str, line: int | None = None) -> NoReturn:
    where = file if line is None else f"{file}, line {line}"
    raise ValueError(f"{where}: {what}")
