"""A reader written from docs/record.md alone, without carto_widget, finds the same facts."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

RECORD = Path(__file__).parent.parent / "docs" / "record.md"
FOSSIL = Path(__file__).with_name("fossil")
RUN = FOSSIL / "run"
NAME = re.compile(r"epoch=(\d+)-session=(\d+)-rank=(\d+)-of-(\d+)-chunk=(\d+)(-last)?\.parquet")


def footer(file: Path) -> dict[str, str]:
    found = pq.ParquetFile(file).schema_arrow.metadata or {}
    return {key.decode(): text.decode() for key, text in found.items()}


def parts(folder: Path) -> list[dict[str, Any]]:
    found = []
    for file in folder.iterdir():
        match = NAME.fullmatch(file.name)
        assert match is not None
        epoch, session, rank, ranks, chunk = map(int, match.groups()[:5])
        found.append(
            {
                "file": file,
                "epoch": epoch,
                "session": session,
                "rank": rank,
                "ranks": ranks,
                "chunk": chunk,
                "last": bool(match[6]),
            }
        )
    return found


def share(of_epoch: list[dict[str, Any]], session: int, rank: int, end: float) -> list[Path]:
    """A rank's chunks of a session up to `end`, after those that they continue."""
    own = [
        p for p in of_epoch if (p["session"], p["rank"]) == (session, rank) and p["chunk"] <= end
    ]
    own.sort(key=lambda part: part["chunk"])
    continued = footer(own[0]["file"]).get("carto.continues")
    before = json.loads(continued) if continued else None
    older = share(of_epoch, before["session"], rank, before["chunk"]) if before else []
    return older + [part["file"] for part in own]


def complete_rows(folder: Path) -> pd.DataFrame:
    everything = parts(folder)
    epochs = []
    for epoch in sorted({part["epoch"] for part in everything}):
        of_epoch = [part for part in everything if part["epoch"] == epoch]
        newest = max(part["session"] for part in of_epoch)
        ends = [part for part in of_epoch if part["session"] == newest and part["last"]]
        if not ends or len(ends) < ends[0]["ranks"]:
            continue
        files = [file for r in range(len(ends)) for file in share(of_epoch, newest, r, np.inf)]
        rows = pd.concat([pd.read_parquet(file, partitioning=None) for file in files])
        first = rows.drop_duplicates("sample").set_index("sample")
        first["n_seen"] = rows.groupby("sample")["n_seen"].sum()
        epochs.append(first.reset_index())
    return pd.concat(epochs)


def test_the_facts_of_the_fossil_are_found_by_the_page_alone() -> None:
    found = []
    for folder in sorted(RUN.glob("dynamics/split=*/mode=*/task=*")):
        split = unquote(folder.parts[-3].removeprefix("split="))
        ids = pd.concat(map(pd.read_parquet, sorted((RUN / f"ids/split={split}").iterdir())))
        rows = complete_rows(folder).merge(ids[["sample", "guid"]], on="sample")
        found.append(rows.assign(split=split, mode=folder.parts[-2].removeprefix("mode=")))
    facts = pd.read_csv(FOSSIL / "facts.csv", encoding="utf-8")
    keys = ["split", "mode", "epoch", "guid"]
    sorted_facts = facts.sort_values(keys).reset_index(drop=True)
    sorted_found = pd.concat(found)[facts.columns].sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(sorted_found, sorted_facts, check_dtype=False, rtol=1e-6)


def test_the_hash_of_the_ids_is_as_the_page_says() -> None:
    previous = ""
    for file in sorted((RUN / "ids/split=train").iterdir()):
        ids = pq.read_table(file, partitioning=None)
        texts = [text.encode() for text in ids["guid"].to_pylist()]
        parts_of_it = [
            previous.encode(),
            np.array(ids["sample"], "<i8").tobytes(),
            np.array([len(text) for text in texts], "<i8").tobytes(),
            b"".join(texts),
        ]
        previous = hashlib.sha256(b"".join(parts_of_it)).hexdigest()
        assert footer(file)["carto.hash"] == previous
    newest = sorted((RUN / "dynamics/split=train").rglob("*session=01*.parquet"))
    assert {footer(file)["carto.ids"] for file in newest} == {previous}


def test_the_pages_own_example_runs() -> None:
    block = re.search(r"```python\n(.*?)```", RECORD.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {}
    exec(block[1].replace("runs/reviews", str(RUN)), names)
    rows = names["rows"]
    assert set(rows["guid"]) == {"a/1", "ä", "c", "d", "e"}
    assert set(rows["mode"]) == {"online"}
