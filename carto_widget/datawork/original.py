"""A subset in the files that the original paper's code writes, for pipelines built on them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carto_widget.store.paper_ids import TASKS, paper_id

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"forgetting_events": "forgetfulness"}  # what the original calls it


def write_filtered(
    chosen: pd.DataFrame, data: str | os.PathLike[str], folder: str | os.PathLike[str]
) -> Path:
    """Write a subset as allenai/cartography does, and say where.

    `folder/filtering_configs.json`, and `folder/cartography_<metric>_<fraction>/<task>/train.tsv`
    with the header and the chosen lines of the task's `train.tsv` in the subset's order, beside
    copies of its `dev*.tsv` and `test*.tsv`.

    Args:
        chosen: what `subset` gave for a fraction, with `compat=True` for the original's rows.
        data: the task's folder, such as `glue/WINOGRANDE`; a column of its `train.tsv` holds
            guids, of SNLI and MNLI also as the integers that the original makes of them.
        folder: where to write; files of the same name are replaced.

    Raises:
        ValueError: a subset by threshold, or no column with all of the chosen guids.
        FileNotFoundError: no `train.tsv`.
    """
    data, folder, asked = Path(data), Path(folder), chosen.attrs
    if asked.get("fraction") is None:
        raise ValueError("write_filtered: expected what subset(fraction=...) gave")
    text = (data / "train.tsv").read_text(encoding="utf-8")
    header, *lines = [line.strip() for line in text.split("\n") if line.strip()]
    found = _lines_by_guid(chosen.index.tolist(), lines, data.name in TASKS)
    n_columns = len(header.split("\t"))
    metric = NAMES.get(asked["metric"], asked["metric"])
    place = folder / f"cartography_{metric}_{asked['fraction']:.2f}" / data.name
    place.mkdir(parents=True, exist_ok=True)
    configuration = {
        **asked,
        "metric": metric,
        "data_dir": str(data.parent),
        "task_name": data.name,
    }
    text = json.dumps(configuration, indent=4, sort_keys=True)
    (folder / "filtering_configs.json").write_text(text + "\n", encoding="utf-8")
    rows = "".join(f"{_shortened(line, n_columns)}\n" for line in [header, *found])
    (place / "train.tsv").write_text(rows, encoding="utf-8")
    for other in [*data.glob("dev*.tsv"), *data.glob("test*.tsv")]:
        shutil.copyfile(other, place / other.name)
    return place / "train.tsv"


def _shortened(line: str, n_columns: int) -> str:
    """Without the labels of single annotators, which stand before the last column in SNLI."""
    fields = line.split("\t")
    return "\t".join([*fields[: n_columns - 1], fields[-1]]) if len(fields) > n_columns else line


def _lines_by_guid(guids: list[Any], lines: list[str], is_numbered: bool) -> list[str]:
    """The line of each guid, by the first column that has them all, or the numbers made of it."""
    fields = [line.split("\t") for line in lines]
    for column in range(max(map(len, fields), default=0)):
        line = {
            row[column]: text
            for row, text in zip(reversed(fields), reversed(lines), strict=True)
            if column < len(row)
        }
        if all(str(guid) in line for guid in guids):
            return [line[str(guid)] for guid in guids]
        numbered = {paper_id(text): found for text, found in line.items()} if is_numbered else {}
        if all(guid in numbered for guid in guids):
            return [numbered[guid] for guid in guids]
    raise ValueError(
        f"write_filtered: no column of train.tsv has all {len(guids):,} guids, the first of which "
        f"is {str(guids[0])!r}"
    )
