"""The page of the metrics is what the docstrings say, and runs."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from carto_widget.metrics.registry import built_in_names

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_made_of_the_docstrings() -> None:
    page = runpy.run_path(str(DOCS / "metrics.py"))["page"]()
    written = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert written == page, "run python docs/metrics.py"
    for name in built_in_names():
        assert f"### {name}\n" in written


def test_its_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "metrics.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "metrics.md", "exec"), {"__name__": "__main__"})
