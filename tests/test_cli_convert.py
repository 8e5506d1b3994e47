"""`carto convert`: training dynamics from one layout into another."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from cli_run import EPOCHS, N, record, said

import carto_widget as carto

LAYOUTS = {"jsonl": "folder", "parquet": "file.parquet", "csv": "file.csv", "npz": "file.npz"}

WITHOUT_LOGITS = [("parquet", "jsonl"), ("csv", "jsonl")]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("convert") / "run"
    record(path)
    return path


@pytest.fixture(scope="module")
def layouts(run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The run in every layout."""
    folder = tmp_path_factory.mktemp("layouts")
    for name in LAYOUTS.values():
        assert said("convert", run, folder / name)[0] == 0
    return {kind: folder / name for kind, name in LAYOUTS.items()}


@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in product(LAYOUTS, LAYOUTS) if pair not in WITHOUT_LOGITS]
)
def test_every_layout_becomes_every_other(
    first: str, second: str, layouts: dict[str, Path], run: Path, tmp_path: Path
) -> None:
    target = tmp_path / LAYOUTS[second]
    code, text, error = said("convert", layouts[first], target)
    assert (code, error) == (0, "")
    assert text == f"{target}: {N} samples, {EPOCHS} epochs as {second}\n"
    expected, read = (carto.table(one)["confidence"] for one in (run, target))
    read.index = read.index.astype(expected.index.dtype)
    np.testing.assert_allclose(read.loc[expected.index], expected, atol=1e-3)


@pytest.mark.parametrize(("first", "second"), WITHOUT_LOGITS)
def test_layouts_without_logits_say_that_they_lack_them(
    first: str, second: str, layouts: dict[str, Path], tmp_path: Path
) -> None:
    code, _, error = said("convert", layouts[first], tmp_path / LAYOUTS[second])
    assert (code, error.count("\n")) == (2, 1)
    assert "logits" in error
    assert not list(tmp_path.iterdir())


def test_the_format_can_be_named(run: Path, tmp_path: Path) -> None:
    code, text, _ = said("convert", run, tmp_path / "dynamics", "--format", "npz", "--json")
    assert (code, json.loads(text)) == (
        0,
        {
            "path": str(tmp_path / "dynamics"),
            "format": "npz",
            "samples": N,
            "epochs": EPOCHS,
        },
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("out.xlsx", "save: 'out.xlsx' as 'xlsx'; the formats are jsonl, parquet, csv, npz"),
        ("run", "run: IN and OUT are the same; nothing was written"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    name: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    record(Path("run"))
    before = sorted(Path("run").rglob("*"))
    code, text, error = said("convert", "run", name)
    assert (code, text) == (2, "")
    assert error.startswith(f"carto: {sentence}")
    assert error.count("\n") == 1
    assert sorted(Path("run").rglob("*")) == before


def test_a_folder_that_has_epochs_is_left_as_it_is(run: Path, tmp_path: Path) -> None:
    assert said("convert", run, tmp_path / "folder")[0] == 0
    code, _, error = said("convert", run, tmp_path / "folder")
    assert (code, error.count("\n")) == (2, 1)


def test_nothing_there_is_one_sentence(tmp_path: Path) -> None:
    code, _, error = said("convert", tmp_path / "none", tmp_path / "out.csv")
    assert (code, error) == (2, f"carto: {tmp_path / 'none'}: there is no such file or folder\n")
