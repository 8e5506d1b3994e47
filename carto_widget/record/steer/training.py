"""Training in a thread, so that the cell returns and the next cells are free."""

from __future__ import annotations

import contextvars
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from carto_widget.record.steer.switch import Switch

current: contextvars.ContextVar[Training | None] = contextvars.ContextVar(
    "carto_training", default=None
)


class Training:
    """A training that runs in a thread; made by ``start``."""

    def __init__(self, fit: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self.result: Any = None
        self.switch = Switch()  # shared by every recorder that it logs to
        self.at_end: list[Callable[[Training], None]] = []
        # A bare thread has an empty context, without which notebooks lose its output.
        context = contextvars.copy_context()
        name = f"carto-{getattr(fit, '__name__', 'fit')}"
        self._thread = threading.Thread(target=context.run, args=(self._run, fit), name=name)
        self._thread.daemon = True  # a kernel that is shut down does not wait for an epoch

    def _run(self, fit: Callable[[], object]) -> None:
        current.set(self)
        try:
            self.result = fit()
        except BaseException as error:
            self.error = error
            traceback.print_exc(file=sys.stderr)
        for tell in self.at_end:
            tell(self)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_paused(self) -> bool:
        return self.switch.state == "pause"

    @property
    def is_stopping(self) -> bool:
        return self.switch.state == "stop"

    def wait(self, timeout: float | None = None) -> Any:
        """Wait until training has ended and give what ``fit`` returned.

        Raises:
            TimeoutError: It has not ended after ``timeout`` seconds.
            BaseException: What ``fit`` raised.
        """
        self._thread.join(timeout)
        if self.is_running:
            raise TimeoutError(f"training has not ended within {timeout} s")
        if self.error is not None:
            raise self.error
        return self.result

    def stop(self) -> None:
        """End the tracked loaders' iterators after the batch in hand; what is logged is kept."""
        self.switch.turn("stop")

    def pause(self) -> None:
        """Block the training in its next ``log`` until ``resume`` or ``stop``."""
        self.switch.turn("pause")

    def resume(self) -> None:
        """Let a paused training go on."""
        self.switch.turn("resume")

    def __repr__(self) -> str:
        if self.is_running:
            return "Training(paused)" if self.is_paused else "Training(running)"
        if self.error is not None:
            return f"Training(failed: {type(self.error).__name__}: {self.error})"
        return "Training(stopped)" if self.is_stopping else "Training(ended)"


def start(fit: Callable[[], object]) -> Training:
    """Train in a thread: the cell returns at once, the map moves, the next cells are free.

    Args:
        fit: The training loop, a function without arguments.

    Returns:
        A ``Training`` with ``wait()`` (errors of ``fit`` are raised there), ``stop()``,
        ``pause()`` and ``resume()``.

    Raises:
        TypeError: ``fit`` is not callable, for example ``start(fit())``.
    """
    if not callable(fit):
        raise TypeError(
            f"start wants a function, got {type(fit).__name__}: write start(fit), not start(fit())"
        )
    training = Training(fit)
    training._thread.start()
    return training
