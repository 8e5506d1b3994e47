"""Every command of docs/cli.md runs as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from cli_run import N, record, said

import carto_widget as carto

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    record(Path("runs/reviews"))
    carto.ledger("runs/reviews").relabel(0, "b")
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    commands = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert {command[1] for command in commands} == {
        *("info", "check", "table", "subset", "plot", "convert", "edits", "watch"),
    }
    for program, *arguments in commands:
        assert program == "carto"
        code, text, error = said(*arguments)
        assert (code, error, bool(text)) == (0, "", True), arguments
    expected = carto.table("runs/reviews")
    pd.testing.assert_frame_equal(pd.read_parquet("reviews.parquet"), expected)
    assert len(pd.read_parquet("ambiguous.parquet")) == int(0.3 * N)
    assert len(pd.read_csv("both.csv")) == N // 2
    for name in ("map.png", "map.svg", "dark.png", "map.html"):
        assert Path(name).stat().st_size > 10_000
    for name in ("reviews.npz", "long.csv", "for_the_original"):
        assert len(carto.load(name).guid) == N
