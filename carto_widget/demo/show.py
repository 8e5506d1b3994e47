"""The quickstart in JupyterLab, or by itself where there is no screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from carto_widget.demo import notebook

OUTPUT = "demo-output"
NEEDED = ("jupyterlab", "nbclient", "playwright", "sklearn", "torch", "wordllama")
_INSTALLER = Path(__file__).resolve().parents[2] / ".ci" / "chromium"  # in a clone


def show(*, headless: bool = False, folder: Path | None = None) -> int:
    """Run the demo; the exit code.

    Args:
        headless: By itself in headless Chromium; also where there is no display.
        folder: Where its results go; without it `demo-output`, and where JupyterLab is opened
            the working directory.

    Raises:
        RuntimeError: Packages that it needs are not installed.
    """
    absent = [name for name in NEEDED if find_spec(name) is None]
    if absent:
        raise RuntimeError(
            f"the demo needs {', '.join(absent)}, not installed here: "
            'pip install "carto-widget[demo]"'
        )
    if headless or has_no_screen():
        return run_by_itself(Path(OUTPUT) if folder is None else folder)
    return open_in_jupyterlab(Path.cwd() if folder is None else folder)


def has_no_screen() -> bool:
    """Linux without a display."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform.startswith("linux") and not has_display


def open_in_jupyterlab(folder: Path) -> int:
    """JupyterLab on the quickstart: the one of the clone, or a copy in the folder."""
    path = notebook()
    if path.parent == Path(__file__).resolve().parent:
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / path.name
        if not copy.exists():
            copy.write_bytes(path.read_bytes())
        path = copy
    print(f"opening {path}; end it with Ctrl-C", flush=True)
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return subprocess.call([sys.executable, "-m", "jupyterlab", *as_root, str(path)])


def run_by_itself(output: Path) -> int:
    """The quickstart in headless Chromium; without one, in a kernel alone."""
    from carto_widget.demo.browser import chromium

    say = Stages()
    path = chromium() or installed_chromium()
    if path is None:
        say("no Chromium: install Chromium or Chrome, or set CHROMIUM to the path of one")
        from carto_widget.demo.kernel_only import kernel_only

        kernel_only(notebook(), output, say)
    else:
        os.environ["CHROMIUM"] = path
        from carto_widget.demo.headless import DemoFailed, headless

        try:
            headless(output, say)
        except DemoFailed as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    for file in sorted(output.iterdir()):
        print(f"  {file}")
    python = os.path.relpath(sys.executable)
    print(f"open the notebook with: {python} -m jupyterlab {output / notebook().name}")
    return 0


def installed_chromium() -> str | None:
    """The path of a Chromium installed now, which a clone's script does where it may."""
    if not _INSTALLER.is_file():
        return None
    found = subprocess.run([_INSTALLER], stdout=subprocess.PIPE, text=True, check=False)
    return found.stdout.strip() or None


class Stages:
    """Prints one line a stage, with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, stage: str) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {stage}", flush=True)
