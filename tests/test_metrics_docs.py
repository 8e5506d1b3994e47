"""The page of the metrics is what the docstrings say, and runs."""

from __future__ import annotations

import re
import runpy
from importlib import import_module
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import carto_widget as carto
from carto_widget.metrics.registry import built_in_names

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_made_of_the_docstrings() -> None:
    page = runpy.run_path(str(DOCS / "metrics.py"))["page"]()
    written = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert written == page, "run python docs/metrics.py"
    for name in built_in_names():
        assert f"### {name}\n" in written


def test_every_metric_has_its_picture_on_light_and_on_dark() -> None:
    expected = {f"{name}{theme}.png" for name in built_in_names() for theme in ("", "-dark")}
    files = {file.name: file.read_bytes() for file in (DOCS / "images/metrics").iterdir()}
    assert set(files) == expected, "run python docs/metrics.py --pictures"
    assert {Image.open(BytesIO(file)).size for file in files.values()} == {(360, 270)}
    assert sum(map(len, files.values())) < 1_500_000
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"images/metrics/([\w-]+\.png)", page)) == expected


@pytest.mark.parametrize("name", ["confidence", "region", "first_learned", "n_observed"])
def test_a_picture_is_drawn(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    pictures = import_module("metrics_pictures")
    logits = np.random.default_rng(0).normal(size=(4, 50, 3))
    run = carto.TrainingDynamics.from_arrays(gold=np.arange(50) % 3, logits=logits)
    picture = pictures.picture_of_metric(name, [(run, "multiclass")])
    for theme in pictures.THEMES.values():
        image = Image.open(BytesIO(pictures.drawn(picture, theme))).convert("RGB")
        assert image.size == (360, 270)
        assert len(image.getcolors(360 * 270) or []) > 5
        assert image.getpixel((1, 1)) == theme.background
    with pytest.raises(ValueError, match="no run has what 'error_mean' needs"):
        pictures.picture_of_metric("error_mean", [(run, "multiclass")])


def test_its_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "metrics.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "metrics.md", "exec"), {"__name__": "__main__"})
