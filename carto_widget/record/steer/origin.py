"""Who logs: which training, thread or cell execution. A cell run again is another one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from carto_widget.record.steer.training import current


def origin() -> object:
    """What tells one piece of running code from another; None in a plain script."""
    training = current.get()
    if training is not None:
        return training
    thread = threading.current_thread()
    if thread is not threading.main_thread():
        return thread
    shell = _shell()
    return None if shell is None else f"cell {shell.execution_count}"


def _shell() -> Any:
    """The IPython that runs this code, without importing IPython."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def when_cell_ends(done: Callable[[BaseException | None], None]) -> None:
    """Call ``done(error)`` once, when the cell that runs this code has ended."""
    shell = _shell()
    if not isinstance(origin(), str):
        return

    def ended(result: Any) -> None:
        shell.events.unregister("post_run_cell", ended)
        done(result.error_before_exec or result.error_in_exec)

    shell.events.register("post_run_cell", ended)
