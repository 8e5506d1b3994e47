"""The house's doors: which room may import which, and which outside package each may speak."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "carto_widget"

DOORS: dict[str, set[str]] = {
    "kernels": set(),
    "store": set(),
    "formats": {"store"},
    "metrics": {"kernels", "store"},
    "datawork": {"metrics", "store"},
    "record": {"store", "metrics"},
    "integrations": {"record"},
    "views": {"metrics"},
    "pictures": {"views", "metrics", "store"},
    "curation": {"views", "store"},
    "widget": {"pictures", "views", "curation", "datawork", "formats", "store"},
    "demo": {""},  # the front door
    "cli": {"", "store", "metrics", "datawork", "views", "pictures", "widget", "demo"},
}
SPOKEN: dict[str, set[str]] = {
    "kernels": {"numba"},
    "store": {"pyarrow", "fsspec"},
    "formats": {"pyarrow", "pandas"},
    "metrics": {"pandas"},
    "datawork": {"pandas", "scipy", "sklearn"},
    "record": {"torch"},
    "integrations": {"torch", "transformers"},
    "views": {"pandas"},
    "pictures": {"pandas", "PIL", "bokeh"},
    "curation": {"pandas", "pyarrow", "torch", "datasets"},
    "widget": {"pandas", "anywidget", "ipywidgets", "traitlets", "IPython", "PIL"},
    "demo": {"pandas", "jupyterlab", "playwright", "nbclient", "nbformat"},
    "cli": {"click", "pandas", "pyarrow"},
}
CURATION: dict[str, set[str]] = {
    "samples": set(),
    "file": {"samples"},
    "held": {"samples", "file"},
    "reports": {"samples", "file", "held"},
    "applied": {"samples", "file", "held"},
    "exchange": set(),
}
AT_THE_TOP: dict[str, set[str]] = {"__init__.py": set(), "__main__.py": set()}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions and for types."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms() -> list[str]:
    return sorted(p.name for p in PACKAGE.iterdir() if (p / "__init__.py").exists())


@pytest.mark.parametrize("room", rooms())
def test_a_room_imports_only_what_it_may(room: str) -> None:
    strangers = []
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imports(path):
            package, _, rest = name.partition(".")
            if package == "carto_widget":
                other = rest.partition(".")[0]
                is_room = (PACKAGE / other).is_dir() if other else False
                if is_room and other != room and other not in DOORS[room]:
                    strangers.append(f"{path.name}: {name}")
            elif package not in sys.stdlib_module_names | {"numpy"} | SPOKEN[room]:
                strangers.append(f"{path.name}: {name}")
    assert not strangers


@pytest.mark.parametrize("room", CURATION)
def test_the_ledgers_rooms_follow_the_datas_path(room: str) -> None:
    for path in (PACKAGE / "curation" / room).rglob("*.py"):
        inside = [name.split(".")[2:] for name in imports(path) if ".curation." in name]
        assert {other for other, *_ in inside} <= CURATION[room] | {room}, path.name


def test_the_files_at_the_top_speak_only_what_they_may() -> None:
    files = {path.name: imports(path) for path in PACKAGE.glob("*.py")}
    for name, found in files.items():
        spoken = {module.partition(".")[0] for module in found} - sys.stdlib_module_names
        assert spoken <= {"carto_widget"} | AT_THE_TOP[name], name


def test_there_are_no_circles_between_rooms() -> None:
    order = list(DOORS)
    for room, doors in DOORS.items():
        assert all(order.index(other) < order.index(room) for other in doors if other)


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = [
        "torch",
        "pandas",
        "pyarrow",
        "anywidget",
        "bokeh",
        "sklearn",
        "IPython",
        "click",
        "numba",
    ]
    code = f"import sys, carto_widget; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_run_is_read_without_torch_or_a_notebook(tmp_path: Path) -> None:
    code = """
import sys
import numpy as np
import carto_widget as carto
dynamics = carto.TrainingDynamics.from_arrays(
    guid=np.arange(2), gold=np.zeros(2, int), loss=np.zeros((1, 2)), margin=np.ones((1, 2))
)
carto.table(dynamics)
print([m for m in ("torch", "anywidget", "IPython") if m in sys.modules])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.stdout.strip() == "[]", out.stderr


def test_the_front_door_has_no_stubs() -> None:
    import carto_widget as carto

    for name in carto.__all__:
        assert getattr(carto, name) is getattr(carto, name), name
    assert not set(carto.__all__) & set(rooms())
    with pytest.raises(AttributeError, match="label_errors"):
        _ = carto.label_errors
