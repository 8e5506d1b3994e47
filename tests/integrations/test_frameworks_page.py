"""The page on frameworks: every section runs as it stands and records what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.frameworks
PAGE = Path(__file__).parents[2] / "docs" / "frameworks.md"
SECTIONS = {
    section.partition("\n")[0]: code
    for section in PAGE.read_text().split("\n## ")[1:]
    for code in re.findall(r"```python\n(.*?)```", section, re.DOTALL)
}


@pytest.mark.filterwarnings(  # Lightning's and fastai's own
    r"ignore:`torch\.jit\.script` is deprecated:DeprecationWarning",
    "ignore:The 'mode.chained_assignment' option is deprecated",
    "ignore:.*does not have many workers",
    r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning",
)
@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_runs_as_it_stands(
    section: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    code = SECTIONS[section]
    for module in re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE):
        pytest.importorskip(module)
    exec(compile(code, f"{PAGE.name}: {section}", "exec"), {"__name__": "__main__"})
    assert re.search(r"gold .* rows x \d+ columns", capsys.readouterr().out, re.DOTALL)
    assert list(tmp_path.glob("runs/*/run.json"))
