"""Subsets that the original paper's code writes: filtering folders and its random baseline.

`<folder>/cartography_<metric>_<fraction>/<TASK>/train.tsv`, or `<TASK>_<fraction>/<TASK>/train.tsv`
of the baseline: the chosen lines of a task, most valuable first. Read are such a file, one of the
folders above it, or all fractions together: each sample once, with the smallest `fraction` that
holds it. guid is the column that the original takes: the third of SNLI, else the first, or one that
is called so; of SNLI and MNLI as the integer that its training dynamics have.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carto_widget.formats.columns import are_integers
from carto_widget.formats.limits import MAX_LINE
from carto_widget.formats.wide import indexed
from carto_widget.store.paper_ids import TASKS, paper_id
from carto_widget.store.run.ids import guid_array

if TYPE_CHECKING:
    import pandas as pd

TABLE_TITLE = "the original paper's cartography_<metric>_<fraction>/<TASK>/train.tsv"
_FOLDER = re.compile(r"(?:cartography_([a-z_]{1,40})|SNLI|MNLI|QNLI|WINOGRANDE)_(\d\.\d\d)")
_ASKED = ("worst", "both_ends", "burn_out", "epochs", "compat", "include_ci")


def recognises_table(path: Path) -> bool:
    """By the names of folders."""
    return bool(_files(path))


def read_table(path: Path) -> Any:
    """As a DataFrame, text as it stands, with `fraction`; see `carto_widget.read_table`."""
    import pandas as pd

    files = _files(path)
    kinds = {(metric, file.parent.name) for (metric, _), file in files.items()}
    if len(kinds) > 1:
        raise ValueError(
            f"{path}: subsets of several kinds: {', '.join(' of '.join(k) for k in sorted(kinds))}"
            ". Name the folder of one"
        )
    frames = []
    for (_, fraction), file in sorted(files.items()):
        frame, guid = _frame(file)
        frames.append(indexed(file, frame.assign(fraction=fraction), guid))
    found = pd.concat(frames)
    found = found[~found.index.duplicated()]
    ((metric, task),) = kinds
    found.attrs |= {"metric": metric, "task": task, **_configuration(files, metric)}
    return found


def _files(path: Path) -> dict[tuple[str, float], Path]:
    """(metric, fraction) -> file."""
    if path.is_file():
        files = [path]
    elif path.is_dir():
        files = [found for depth in ("", "*/", "*/*/") for found in path.glob(f"{depth}train.tsv")]
    else:
        files = []
    return {
        (match[1] or "random", float(match[2])): file
        for file in files
        if file.name == "train.tsv" and file.is_file()
        if (match := _FOLDER.fullmatch(file.absolute().parent.parent.name))
    }


def _frame(file: Path) -> tuple[pd.DataFrame, Any]:
    """The lines of a file by the names in its header, and their guids."""
    import pandas as pd

    lines = _lines(file)
    if not lines:
        raise ValueError(f"{file}: no header")
    names = lines[0].split("\t")
    if len({*names}) < len(names):
        raise ValueError(f"{file}: a column is there twice: {', '.join(names)[:300]}")
    rows = [_fields(file, i, line, len(names)) for i, line in enumerate(lines[1:], 2)]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    task = file.absolute().parent.name
    column = next((n for n in names if n.lower() in ("guid", "pairid")), None)
    if column is None:
        column = names[2 if task == "SNLI" and len(names) > 2 else 0]
    texts = frame[column].tolist()
    try:
        if task in TASKS:
            return frame, guid_array([paper_id(text) or 0 for text in texts])
        return frame, guid_array([int(text) for text in texts] if are_integers(texts) else texts)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{file}: the column {column!r} holds no ids ({error})") from error


def _lines(file: Path) -> list[str]:
    lines = []
    with open(file, encoding="utf-8") as opened:
        try:
            for line in iter(lambda: opened.readline(MAX_LINE), ""):
                if len(line) == MAX_LINE:
                    raise ValueError(f"{file}: a line longer than {MAX_LINE:,} characters")
                if line.strip():
                    lines.append(line.strip())
        except UnicodeDecodeError as error:
            raise ValueError(f"{file}: not text in UTF-8 ({error})") from error
    return lines


def _fields(file: Path, number: int, line: str, n_columns: int) -> list[str]:
    """As the original takes them: of further labels by annotators the last one counts."""
    fields = line.split("\t")
    if len(fields) < n_columns:
        raise ValueError(f"{file}, line {number}: {len(fields)} columns, {n_columns} in the header")
    return [*fields[: n_columns - 1], fields[-1]]


def _configuration(files: dict[tuple[str, float], Path], metric: str) -> dict[str, Any]:
    """What `filtering_configs.json` says, where it is of this metric."""
    file = next(iter(files.values())).absolute().parents[2] / "filtering_configs.json"
    if not file.is_file():
        return {}
    with open(file, "rb") as opened:
        text = opened.read(2**20)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: not JSON ({str(error)[:200]})") from error
    if not isinstance(found, dict) or found.get("metric") != metric:
        return {}
    return {name: found[name] for name in _ASKED if name in found}
