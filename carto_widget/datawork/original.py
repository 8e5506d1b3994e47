"""A subset in the files that the original paper's code writes, for pipelines built on them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

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
        data: the task's folder, such as `glue/WINOGRANDE`; a column of its `train.tsv` holds guids.
        folder: where to write; files of the same name are replaced.

    Raises:
        ValueError: a subset by threshold, or no column with all of the chosen guids.
        FileNotFoundError: no `train.tsv`.
    """
    data, folder, asked = Path(data), Path(folder), chosen.attrs
    if asked.get("fraction") is None:
        raise ValueError("write_filtered: expected what subset(fraction=...) gave")
    header, *lines = (data / "train.tsv").read_text(encoding="utf-8").splitlines()
    found = _lines_by_guid([str(guid) for guid in chosen.index], lines)
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
    rows = "".join(f"{line.strip()}\n" for line in [header, *found])
    (place / "train.tsv").write_text(rows, encoding="utf-8")
    for other in [*data.glob("dev*.tsv"), *data.glob("test*.tsv")]:
        shutil.copyfile(other, place / other.name)
    return place / "train.tsv"


def _lines_by_guid(guids: list[str], lines: list[str]) -> list[str]:
    """The line of each guid, by the first column that has them all."""
    fields = [line.strip().split("\t") for line in lines]
    for column in range(max(map(len, fields), default=0)):
        line = {
            row[column]: text
            for row, text in zip(reversed(fields), reversed(lines), strict=True)
            if column < len(row)
        }
        if all(guid in line for guid in guids):
            return [line[guid] for guid in guids]
    raise ValueError(
        f"write_filtered: no column of train.tsv has all {len(guids):,} guids, the first of which "
        f"is {guids[0]!r}"
    )
