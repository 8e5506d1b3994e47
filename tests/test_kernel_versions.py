"""One kernel version after another: the map moves in each, and each answers as it can.

`make test-hosts` installs the versions beside the environment's own; what is not there is skipped.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from kernel_driver import FrontEnd, kernel, python_value
from test_busy_kernel import BITS, ROWS, SELECT, SETUP, acknowledge, frames

pytestmark = [pytest.mark.notebook, pytest.mark.matrix]

VERSIONS = ["6.31", "7.1", "7.3", "7.4"]
SHOW = "datamap"


def packages(minor: str) -> Path | None:
    """Where a version lies; None where it is the environment's own."""
    if version("ipykernel").startswith(f"{minor}."):
        return None
    path = Path(sys.prefix) / "kernels" / minor
    if not path.is_dir():
        pytest.skip(f"ipykernel {minor} is not installed: make test-hosts")
    return path


def stills(front: FrontEnd) -> list[str]:
    """What the page was told of stills: shown, and replaced."""
    return [kind for kind, content in front.shown if content["transient"].get("display_id")]


def select(front: FrontEnd) -> None:
    assert front.until(lambda: len(frames(front)) >= 8), "frames flow while it trains"
    front.send(SELECT, buffers=[BITS])


@pytest.mark.parametrize("minor", VERSIONS)
def test_a_plain_loop(minor: str, tmp_path: Path) -> None:
    with kernel(packages=packages(minor), cwd=str(tmp_path)) as front:
        front.run(SETUP)
        front.run(SHOW)
        assert python_value(front, "__import__('ipykernel').__version__").startswith(f"{minor}.")
        assert (front.subshell is None) == (minor == "6.31")
        acknowledge(front)
        until_told = "while not os.path.exists('enough'): fit(1, until_selected=False)"
        cell = front.start(until_told if minor == "6.31" else "fit()")
        select(front)
        (tmp_path / "enough").touch()
        assert front.until(lambda: "selection" in front.kinds())
        assert front.until(lambda: not front.is_running(cell))
        in_time = [] if minor == "6.31" else [f"g{row}" for row in ROWS]
        assert python_value(front, "seen_while_training") == in_time
        assert python_value(front, "len(datamap.selection)") == len(ROWS)
        assert stills(front)[0] == "display_data"
        assert set(stills(front)[1:]) == {"update_display_data"}


@pytest.mark.parametrize("minor", VERSIONS)
@pytest.mark.parametrize("subshell", [True, False], ids=["subshell", "no subshell"])
def test_a_thread(minor: str, subshell: bool) -> None:
    with kernel(packages=packages(minor), subshell=subshell) as front:
        front.run(SETUP)
        front.run(SHOW)
        acknowledge(front)
        front.run("training = carto.start(fit)")
        select(front)
        assert front.until(lambda: "selection" in front.kinds())
        front.run("training.wait()")
        assert python_value(front, "seen_while_training") == [f"g{row}" for row in ROWS]
        assert "update_display_data" in stills(front)
