"""What it costs to apply a ledger, beside a plain pandas map in the same run.

python benchmarks/applying.py [rows] [edits]
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from carto_widget.curation.ledger import Ledger
from carto_widget.curation.samples.content import contents

NAMES = ["negative", "neutral", "positive"]


def timed(what: str, work: Callable[..., Any], *given: Any, **named: Any) -> tuple[Any, float]:
    """What work gives, and its seconds; printed."""
    start, before = time.perf_counter(), time.process_time()
    found = work(*given, **named)
    took, cpu = time.perf_counter() - start, time.process_time() - before
    print(f"{what:<58}{took:8.2f} s, {cpu:.2f} s of CPU, {peak():.1f} GiB")
    return found, took


def frame_of(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Short texts with a label, named by text or by row."""
    label = pd.Series(rng.integers(0, 3, n)).map(dict(enumerate(NAMES)))
    row = pd.Series(np.arange(n)).astype(str)
    return pd.DataFrame({"guid": "review-" + row, "text": "a text of some words, " + row}).assign(
        label=label
    )


def write_ledger(path: Path, frame: pd.DataFrame, guid: str | None, with_content: bool) -> None:
    """A line for each row of a frame: nine of ten relabelled, one dropped."""
    head = {"when": "", "who": "anna", "kind": "", "dataset": "0" * 64, "rows": 10**7}
    told = contents(frame[["text"]]) if with_content else [None] * len(frame)
    names = frame.index.tolist() if guid is None else frame[guid].tolist()
    with open(path, "w", encoding="utf-8") as file:
        for i, (name, old) in enumerate(zip(names, frame["label"].tolist(), strict=True)):
            when = f"2026-01-01T00:{i // 60_000_000:02}:{i // 1_000_000 % 60:02}.{i % 1_000_000:06}"
            line = {"id": f"{i:032x}", **head, "when": f"{when}+00:00", "split": "train"}
            line |= {"kind": "drop" if i % 10 == 0 else "relabel", "guid": name, "from": old}
            line |= {} if i % 10 == 0 else {"to": NAMES[(NAMES.index(old) + 1) % 3]}
            line |= {"content": told[i]} if told[i] else {}
            file.write(json.dumps(line) + "\n")


def plain(frame: pd.DataFrame, edits: pd.DataFrame, guid: str | None) -> pd.DataFrame:
    """The same with pandas alone, without looking whether anything fits."""
    names = frame.index.to_series() if guid is None else frame[guid]
    new = names.map(edits["to"].dropna())
    made = frame.assign(label=new.where(new.notna(), frame["label"]))
    return made[~names.isin(edits.index[edits["kind"] == "drop"])]


def main(n: int, k: int) -> None:
    rng = np.random.default_rng(0)
    frame = frame_of(n, rng)
    edited = frame.iloc[rng.choice(n, k, replace=False)]
    print(f"{k:,} edits, {n:,} rows")
    for guid, with_content in ((None, False), ("guid", False), ("guid", True)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "reviews.ledger.jsonl"
            write_ledger(path, edited, guid, with_content)
            named = f"named by {'text' if guid else 'row'}{', content compared' * with_content}"
            ledger = Ledger(path)
            _, opening = timed(f"{named}: open", ledger.held)
            made, took = timed(f"{named}: apply", ledger.apply, frame, guid=guid, label_names=NAMES)
            edits = ledger.decisions()[["kind", "to"]]
            expected, other = timed(f"{named}: pandas map and isin", plain, frame, edits, guid)
            pd.testing.assert_frame_equal(made, expected, check_flags=False)
            print(f"{'':<58}{took / other:8.2f} x; with opening {opening + took:.2f} s")


def peak() -> float:
    """GiB that the process has had at most until now (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[1:]]
    main(*numbers[:2], *(10_000_000, 1_000_000)[len(numbers) :])
