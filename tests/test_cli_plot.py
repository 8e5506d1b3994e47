"""`carto plot`: the map as a file, in a shell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_run import EPOCHS, N, record, said
from PIL import Image

from carto_widget.pictures.still import to_png
from carto_widget.store.run.run import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plot") / "reviews"
    record(path)
    return path


def test_a_png_is_the_still_of_python(run: Path, tmp_path: Path) -> None:
    code, text, error = said("plot", run, "-o", tmp_path / "map.png")
    assert (code, error) == (0, "")
    assert text == f"{tmp_path / 'map.png'}: {N} samples, {EPOCHS} epochs\n"
    to_png(run, tmp_path / "python.png")
    assert (tmp_path / "map.png").read_bytes() == (tmp_path / "python.png").read_bytes()


def test_size_scale_and_dark_are_taken(run: Path, tmp_path: Path) -> None:
    options = ["--size", "400x300", "--scale", "1.5", "--dark"]
    said("plot", run, "-o", tmp_path / "map.png", *options)
    with Image.open(tmp_path / "map.png") as image:
        assert image.size == (600, 450)
        assert np.asarray(image).mean() < 60


def test_a_view_is_written_as_metrics_with_commas(run: Path, tmp_path: Path) -> None:
    said("plot", run, "-o", tmp_path / "map.svg", "--view", "aum, confidence,gold")
    text = (tmp_path / "map.svg").read_text()
    for words in (">AUM<", ">confidence<", ">gold label<", ">reviews<"):
        assert words in text
    said("plot", run, "-o", tmp_path / "two.svg", "--view", "aum,confidence", "--title", "mine")
    text = (tmp_path / "two.svg").read_text()
    assert ">mine<" in text
    assert ">correctness<" not in text


def test_html_is_the_figure_with_its_histograms(run: Path, tmp_path: Path) -> None:
    code, text, _ = said("plot", run, "-o", tmp_path / "map.html", "--json")
    facts = json.loads(text)
    assert (code, facts["samples"], facts["drawn"], facts["epochs"]) == (0, N, N, EPOCHS)
    assert facts["n_bytes"] == (tmp_path / "map.html").stat().st_size
    page = (tmp_path / "map.html").read_text()
    assert "<title>reviews</title>" in page
    assert page.count('"name":"Figure"') == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "map.gif"], "-o map.gif: expected a name that ends in .png, .svg or .html"),
        (["-o", "map.png", "--size", "big"], "--size big: expected width and height, as 960x640"),
        (["-o", "map.png", "--size", "9x9"], "size=9x9: expected at least 240x180"),
        (["-o", "map.png", "--scale", "99"], "scale=99; expected 0.5 to 8"),
        (["-o", "map.svg", "--scale", "2"], "--scale: .svg has no pixels of its own"),
        (["-o", "map.png", "--view", "aum"], "--view aum: expected x,y or x,y,color"),
        (["-o", "map.png", "--view", "aun,aum"], "View(x='aun'): there is no such column"),
        (["-o", "map.png", "--split", "test"], "no training dynamics for split='test'"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    run: Path, arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text, error = said("plot", run, *arguments)
    assert (code, text) == (2, "")
    assert error.startswith(f"carto: {sentence}")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_run_without_a_complete_epoch_says_what_there_is(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run").close()
    code, _, error = said("plot", tmp_path / "run", "-o", tmp_path / "map.png")
    assert (code, error.count("\n")) == (2, 1)
    assert error.startswith("carto: ")
