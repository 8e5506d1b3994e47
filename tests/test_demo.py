"""The demo's data and notebooks, and the run of the quickstart as a user would see it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jupyter_driver import jupyter_server
from nbformat import read as read_notebook
from nbformat import write as write_notebook
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page

import carto_widget as carto
from carto_widget.demo import LABEL_NAMES, notebook, planted, reviews
from carto_widget.demo.kernel_only import kernel_only, run_cells
from carto_widget.demo.show import has_no_screen

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SEEDS = (0, 1, 2)
TRAINING_CELLS = ("data", "features", "model", "recorder", "fit")


def cells(path: Path) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return read


def test_the_reviews_are_all_there_under_lasting_names() -> None:
    frame = reviews()
    assert len(frame) == 3708
    assert frame.index.name == "guid"
    assert frame.index.is_unique
    assert str(frame.loc["1_1", "text"]).startswith("troubleshooting ad-2500")
    assert frame["given"].value_counts().to_dict() == {0: 1235, 1: 721, 2: 1752}
    assert frame["label_error"].sum() == 341
    assert frame["ambiguous"].sum() == 381


def test_a_label_error_is_a_label_that_most_others_agree_against() -> None:
    frame = reviews()
    against = (frame["given"] != frame["majority_others"]) & (frame["agreement_others"] >= 0.6)
    assert (frame["label_error"] == against).all()
    assert (frame["ambiguous"] == (frame["agreement_others"] < 0.6)).all()
    assert set(frame["given"]) == set(range(len(LABEL_NAMES)))


@pytest.mark.parametrize("name", ["quickstart.ipynb", "plain_loop.ipynb"])
def test_notebooks_hold_no_outputs(name: str) -> None:
    code = [cell for cell in cells(EXAMPLES / name) if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert "widgets" not in json.loads((EXAMPLES / name).read_text(encoding="utf-8"))["metadata"]


def test_the_quickstart_is_found_in_a_clone() -> None:
    assert notebook() == EXAMPLES / "quickstart.ipynb"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, True), ({"DISPLAY": ":0"}, False), ({"WAYLAND_DISPLAY": "wayland-0"}, False)],
)
def test_linux_without_a_display_has_no_screen(
    environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert has_no_screen() is expected


@pytest.mark.slow
def test_confidence_finds_the_wrong_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The notebook's own cells, without a map, from three seeds."""
    precision = []
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        folder.mkdir()
        monkeypatch.chdir(folder)
        suspicion = 1 - trained_confidence(seed)
        precision.append(average_precision(reviews()["label_error"], suspicion))
    mean, spread = np.mean(precision), np.std(precision, ddof=1)
    with capsys.disabled():
        each = ", ".join(f"{one:.3f}" for one in precision)
        print(f"\naverage precision of 1 - confidence: {mean:.3f} +- {spread:.3f} ({each})")
    assert mean >= 0.27


def trained_confidence(seed: int) -> pd.Series[float]:
    source = {cell["id"]: "".join(cell["source"]) for cell in cells(EXAMPLES / "quickstart.ipynb")}
    namespace: dict[str, Any] = {}
    for cell in TRAINING_CELLS:
        code = source[cell].replace("seed = 0\n", f"seed = {seed}\n")
        exec(compile(code, f"quickstart, cell {cell}", "exec"), namespace)
    carto.start(namespace["fit"]).wait()
    confidence: pd.Series[float] = carto.table(namespace["recorder"])["confidence"]
    return confidence


def average_precision(is_wrong: pd.Series[bool], suspicion: pd.Series[float]) -> float:
    """Mean, over the wrong ones, of the share of wrong ones ranked at least as high."""
    ranked = is_wrong.loc[suspicion.sort_values(ascending=False).index].to_numpy()
    return float((ranked.cumsum() / np.arange(1, len(ranked) + 1))[ranked].mean())


def test_average_precision_of_a_ranking_worked_out_by_hand() -> None:
    is_wrong = pd.Series([True, False, True, False])
    suspicion = pd.Series([0.9, 0.8, 0.7, 0.1])
    assert average_precision(is_wrong, suspicion) == pytest.approx((1 / 1 + 2 / 3) / 2)


@pytest.mark.notebook
def test_without_a_browser_the_notebook_runs_and_says_so(tmp_path: Path) -> None:
    source = "import pandas as pd\neverything = pd.DataFrame({'text': ['a']})\n"
    source += "table = pd.DataFrame({'confidence': [0.5]})\ntable"
    small = new_notebook(cells=[new_code_cell(source)])
    write_notebook(small, tmp_path / "small.ipynb")
    said: list[str] = []
    kernel_only(tmp_path / "small.ipynb", tmp_path / "output", said.append)
    assert "without a browser" in said[0]
    assert (tmp_path / "output" / "table.csv").read_text() == ",text,confidence\n0,a,0.5\n"
    (cell,) = cells(tmp_path / "output" / "small.ipynb")
    assert cell["execution_count"] == 1
    assert {file.name for file in (tmp_path / "output").iterdir()} == {"small.ipynb", "table.csv"}


@pytest.mark.notebook
def test_the_plain_loop_finds_the_spoilt_labels(tmp_path: Path) -> None:
    plain_loop = read_notebook(EXAMPLES / "plain_loop.ipynb", as_version=4)
    run_cells(plain_loop, tmp_path)
    found = next(cell for cell in plain_loop.cells if cell["id"] == "found")
    n_found, rest = found["outputs"][0]["text"].split(" ", 1)
    assert rest == "of 60 found\n"
    assert int(n_found) >= 50


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``make demo HEADLESS=1`` leaves."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "carto_widget", "demo", "--headless"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    print(ran.stdout)
    return folder / "demo-output"


@pytest.mark.slow
@pytest.mark.notebook
def test_the_headless_demo_leaves_notebook_picture_and_table(output: Path) -> None:
    assert {file.name for file in output.iterdir()} == {"quickstart.ipynb", "map.png", "table.csv"}
    table = pd.read_csv(output / "table.csv")
    assert list(table.columns[:2]) == ["guid", "text"]
    assert {"confidence", "variability", "correctness", "region"} < set(table.columns)
    assert list(table["guid"]) == list(reviews().index)
    code = [cell for cell in cells(output / "quickstart.ipynb") if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    corner = next(cell for cell in code if cell["id"] == "lasso")
    assert "confidence" in json.dumps(corner["outputs"])


@pytest.mark.slow
@pytest.mark.notebook
def test_the_saved_notebook_shows_the_map_where_no_cell_ran(
    output: Path, tab: Page, tmp_path: Path
) -> None:
    saved = Path(shutil.copy(output / "quickstart.ipynb", tmp_path))
    own_data = tmp_path / ".jupyter-test" / "data"  # of the fresh server: it must trust the file
    own_data.mkdir(parents=True)
    NotebookNotary(data_dir=str(own_data)).sign(read_notebook(saved, as_version=4))
    with jupyter_server(tmp_path, save_state=True) as server:
        page = server.open(tab, saved.name)
        page.wait_map()
        page.wait_frames(1)
        assert tab.get_attribute(".carto", "data-state") in ("saved", "disconnected")
        page.wait("() => document.querySelector('.carto-status').textContent.includes('3,708')")
        page.close()


def test_planted_sentences_are_the_two_kinds_that_the_lesson_speaks_of() -> None:
    frame = planted()
    assert frame.index.is_unique
    assert not set(frame.index) & set(reviews().index)
    told = frame.groupby(["label", "truth"]).size()
    assert told.to_dict() == {
        ("negative", "mixed"): 18,
        ("negative", "negative"): 24,
        ("positive", "mixed"): 18,
        ("positive", "negative"): 12,
    }


def test_the_nineteen_others_are_counted() -> None:
    frame = reviews()
    votes = frame[["others_negative", "others_neutral", "others_positive"]].to_numpy()
    assert (votes.sum(axis=1) == 19).all()
    assert (votes.argmax(axis=1) == frame["majority_others"]).all()
    assert np.allclose(votes.max(axis=1) / 19, frame["agreement_others"])
