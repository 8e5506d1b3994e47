"""`carto demo`: what it needs, and that a wheel brings the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_run import said

from carto_widget.demo import reviews, show

ROOT = Path(__file__).resolve().parent.parent


def test_what_is_not_installed_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "NEEDED", ("jupyterlab", "no_such_package", "nor_this_one"))
    code, text, error = said("demo", "--headless")
    assert (code, text) == (2, "")
    assert error == (
        "carto: the demo needs no_such_package, nor_this_one, not installed here: "
        'pip install "carto-widget[demo]"\n'
    )


def test_a_file_is_no_folder_for_results(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, error = said("demo", "--headless", "--folder", tmp_path / "file")
    assert code == 2
    assert "is a file" in error


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    done = subprocess.run([*build, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
    subprocess.run([*install, str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def python(code: str, installed: Path, folder: Path) -> str:
    """What Python prints where the wheel's content comes first, without Node."""
    environment = os.environ | {"PYTHONPATH": str(installed), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_notebook_data_and_map_come_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = """
import json
import carto_widget
from carto_widget.demo import notebook, reviews
from carto_widget.widget.built import built
cells = json.loads(notebook().read_text(encoding="utf-8"))["cells"]
print(notebook(), len(cells) > 5, len(reviews()), len(built("widget.js").read_text()) > 10_000)
"""
    path, *facts = python(code, installed, tmp_path).split()
    assert Path(path) == installed / "carto_widget" / "demo" / "quickstart.ipynb"
    assert facts == ["True", str(len(reviews())), "True"]


@pytest.mark.slow
def test_the_command_of_the_wheel_knows_the_demo(installed: Path, tmp_path: Path) -> None:
    code = """
import sys
sys.argv = ["carto", "demo", "--help"]
from carto_widget.cli import carto
carto()
"""
    assert "By itself in headless Chromium" in python(code, installed, tmp_path)
