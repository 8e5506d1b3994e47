"""`carto info`, `carto table` and `carto subset`: the Python API's answers, in a shell."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_run import EPOCHS, N, record, said

import carto_widget as carto
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part
from carto_widget.store.run.run import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "run"
    record(path)
    return path


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


# ---- info ----


def test_info_tells_what_there_is(run: Path) -> None:
    code, text, _ = said("info", run)
    assert code == 0
    assert text.startswith(f"{run}: ")
    assert f"train: {N} samples, named by row numbers of the dataset" in text
    assert "online, task main (multiclass): epochs 0 to 2 complete" in text
    assert "classes: a, b, c\n" in text
    assert "signals: loss, margin, other_label, n_seen, logits, gold_probability" in text
    assert "metrics: confidence, variability, correctness" in text


def test_info_as_json_has_files_and_metrics(run: Path) -> None:
    facts = json.loads(said("info", run, "--json")[1])
    named = [run / name for name in ("README.md", "run.json", "steering.jsonl")]
    files = [*named, *run.rglob("*.parquet")]
    assert facts["n_files"] == len(files)
    assert facts["n_bytes"] == sum(file.stat().st_size for file in files)
    (series,) = facts["splits"][0]["series"]
    assert series["epochs"] == list(range(EPOCHS))
    has = carto.list_metrics(carto.load(run))["has"]
    assert set(series["metrics"]) >= set(has[has].index)


def test_info_of_an_epoch_that_is_not_complete(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.add_ids("validation", Ids(np.arange(3), np.arange(3)))
    two = Rows.of_classes([0, 1], [0, 1], [0.0, 0.0], [1.0, 1.0], [1, 0])
    folder.write(Part("validation", epoch=0), two)
    _, text, _ = said("info", tmp_path / "run")
    assert f"process {os.getpid()} is writing it now" in text
    assert "no epoch complete yet, epoch 0 has 2 rows so far" in text
    assert "metrics" not in text
    folder.close()


def test_info_of_a_run_without_anything(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run").close()
    code, text, _ = said("info", tmp_path / "run")
    assert (code, text.count("\n")) == (0, 2)


# ---- table ----


def test_a_table_without_a_file_shows_its_first_rows(run: Path) -> None:
    code, text, _ = said("table", run, "--metrics", "confidence, aum")
    assert code == 0
    assert text.splitlines()[0].split() == ["gold", "prediction", "confidence", "aum"]
    assert text.endswith(f"\n10 of {N} rows; -o FILE.parquet or .csv writes them all\n")


def test_a_table_in_a_file_is_the_table_of_python(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    code, text, _ = said("table", run, "--metrics", "all", "--epochs", "0:2", "-o", out)
    expected = carto.table(run, "all", epochs=slice(0, 2))
    assert (code, text) == (0, f"{out}: {N} rows, {len(expected.columns)} columns and the guid\n")
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected)


def test_a_table_as_csv(run: Path, tmp_path: Path) -> None:
    said("table", run, "--metrics", "confidence", "-o", tmp_path / "out.csv")
    read = pd.read_csv(tmp_path / "out.csv", index_col="guid")
    assert read.columns.tolist() == ["gold", "prediction", "confidence"]
    np.testing.assert_allclose(read["confidence"], carto.table(run)["confidence"], rtol=1e-12)


def test_json_prints_every_row(run: Path) -> None:
    rows = lines(said("table", run, "--metrics", "confidence", "--json")[1])
    assert [row["guid"] for row in rows] == list(range(N))
    np.testing.assert_allclose(
        [row["confidence"] for row in rows],  # type: ignore[arg-type]  # numbers, of our own making
        carto.table(run)["confidence"],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("text", "epochs"), [("0:2", slice(0, 2)), ("-1:", slice(-1, None)), ("0,2", [0, 2])]
)
def test_epochs_are_written_as_in_python(
    run: Path, tmp_path: Path, text: str, epochs: slice | list[int]
) -> None:
    said("table", run, "--epochs", text, "-o", tmp_path / "out.parquet")
    expected = carto.table(run, epochs=epochs)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), expected)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--metrics", "confidnce"], "no metric 'confidnce'; did you mean 'confidence'?"),
        (["--epochs", "5"], "epoch 5 is not on record; there are [0, 1, 2]"),
        (["--epochs", "x"], "--epochs x: expected 0:5, -3: or 0,2,4"),
        (["--split", "test"], "no training dynamics for split='test'"),
        (["-o", "out.xlsx"], "-o out.xlsx: expected a name that ends in .parquet or .csv"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Path, arguments: list[str], sentence: str
) -> None:
    code, text, error = said("table", run, *arguments)
    assert (code, text) == (2, "")
    assert error.startswith(f"carto: {sentence}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", ["info", "check", "table", "subset"])
def test_where_nothing_lies_every_command_says_so(tmp_path: Path, command: str) -> None:
    code, text, error = said(command, tmp_path / "none")
    assert (code, text) == (2, "")
    assert error.startswith(f"carto: {tmp_path / 'none'}: ")
    assert error.count("\n") == 1


def test_on_a_terminal_long_work_tells_the_time() -> None:
    """A sentence that grows while the work lasts, and is gone after it."""
    script = """
from carto_widget.cli.voice import one_sentence
with one_sentence("counting"):
    input()
"""
    terminal, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        seen = b""
        while not re.search(rb"\rcounting: \d+ s", seen):
            seen += os.read(terminal, 100)
        process.communicate("\n")
        assert process.returncode == 0
    with suppress(OSError):  # which is the end of a terminal
        while more := os.read(terminal, 100):
            seen += more
    assert seen.endswith(b"\r\x1b[K")
    os.close(terminal)


# ---- subset ----


def test_a_subset_is_that_of_python(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "hard.parquet"
    asked = ["--metric", "confidence", "--fraction", "0.5", "--both-ends"]
    code, _, error = said("subset", run, *asked, "-o", out)
    expected = carto.subset(run, metric="confidence", fraction=0.5, both_ends=True)
    assert (code, error) == (0, "")
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected)


def test_a_subset_says_what_was_asked(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "easy.csv"
    _, text, _ = said("subset", run, "--metric", "confidence", "--worst", "-o", out, "--json")
    facts = json.loads(text)
    assert (facts["path"], facts["rows"], facts["worst"]) == (str(out), N // 3, True)


def test_a_warning_is_one_sentence_beside_the_rows(run: Path) -> None:
    code, text, error = said("subset", run, "--fraction", "0.05", "--json")
    assert (code, len(lines(text))) == (0, 3)
    assert error.startswith("carto: subset: all 3 of 60 samples are ambiguous; ")
    assert error.count("\n") == 1


def test_a_fraction_out_of_range_is_one_sentence(run: Path) -> None:
    code, _, error = said("subset", run, "--fraction", "2")
    assert (code, error.startswith("carto: subset: fraction=2.0, expected")) == (2, True)


# ---- more samples than memory holds ----


def test_a_table_of_a_huge_run_is_computed_range_by_range(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.cli.rows.AT_ONCE", 0)
    out = tmp_path / "out.parquet"
    code, text, error = said("table", run, "-o", out, "--json")
    expected = carto.table(run)
    facts = json.loads(text)
    assert (code, error, facts["rows"]) == (0, "", N)
    assert facts["columns"] == [*expected.columns]
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected)
    code, _, error = said("table", run, "--metrics", "aumm", "-o", out)
    assert (code, error.startswith("carto: no metric 'aumm'")) == (2, True)
