"""What ``attach`` gives back: everything that was put into a framework's object, and its undo."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carto_widget.record.policy import RunAgain

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

_trained: weakref.WeakKeyDictionary[Recorder, weakref.ref[Any]] = weakref.WeakKeyDictionary()


class Handle:
    """The bond between a recorder and what trains; ``detach`` ends it.

    Args:
        recorder: Who records.
        what: What it is attached to, for messages.
    """

    def __init__(self, recorder: Recorder, what: str) -> None:
        self.recorder = recorder
        self.is_attached = True
        self._what = what
        self._undo: list[Callable[[], object]] = []

    def detach(self) -> None:
        """Leave everything as it was found; what is in flight is sealed. Twice does nothing."""
        if not self.is_attached:
            return
        self.is_attached = False
        while self._undo:
            self._undo.pop()()
        self.recorder.end_epoch()

    def at_detach(self, undo: Callable[[], object]) -> None:
        """Call ``undo`` when the bond ends; the newest first."""
        self._undo.append(undo)

    def wrap(self, thing: Any, name: str, around: Callable[..., Any]) -> None:
        """Put ``around(inner, *args, **kwargs)`` in the place of one object's method.

        Raises:
            ValueError: A recorder is attached there already.
        """
        inner = getattr(thing, name)
        if isinstance(getattr(inner, "_carto_handle", None), Handle):
            raise ValueError(
                f"a recorder is attached to this {type(thing).__name__} already: detach it first, "
                "handle.detach()"
            )

        @functools.wraps(inner)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            # Another wrapper may have been put over this one, and then it outlives the bond.
            return around(inner, *args, **kwargs) if self.is_attached else inner(*args, **kwargs)

        vars(wrapped)["_carto_handle"] = self
        self.replace(thing, name, wrapped)

    def replace(self, thing: Any, name: str, value: Any) -> None:
        """Set an attribute of one object until the bond ends."""
        had, before = name in vars(thing), vars(thing).get(name)
        setattr(thing, name, value)

        def undo() -> None:
            if vars(thing).get(name) is not value:
                return  # somebody else's by now
            if had:
                setattr(thing, name, before)
            else:
                delattr(thing, name)

        self.at_detach(undo)

    def begins(self, model: Any) -> None:
        """A training of ``model`` begins.

        Raises:
            RunAgain: The recorder holds the training of another model.
        """
        before = _trained.get(self.recorder)
        may_go_on = self.recorder._recording.may_go_on or self.recorder.epoch is None
        if before is not None and before() is not model and not may_go_on:
            raise RunAgain(
                "this recorder already holds the training of another model. If it is meant to go "
                "on, say so once: recorder.resume(). If it is a fresh model, make a new Recorder"
            )
        _trained[self.recorder] = weakref.ref(model)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    def __repr__(self) -> str:
        return f"Handle({self._what}{'' if self.is_attached else ', detached'})"
