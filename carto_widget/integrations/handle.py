"""What ``attach`` gives back: everything that was put into a framework's object, and its undo."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carto_widget.record.policy import RunAgain

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder

_trained: weakref.WeakKeyDictionary[Recorder, weakref.ref[Any]] = weakref.WeakKeyDictionary()


class Handle:
    """The bond between a recorder and what trains; ``detach`` ends it.

    It holds what trains only weakly, and so do the wrapped methods: without a cycle a model and a
    loader's workers end when their last user lets go, not when a garbage collector finds them.

    Args:
        recorder: Who records.
        what: What it is attached to, for messages.
        split: The only split it records, where others may go on when it is detached.
    """

    def __init__(self, recorder: Recorder, what: str, *, split: str | None = None) -> None:
        self.recorder = recorder
        self.is_attached = True
        self._what, self._split = what, split
        self._wrapped: list[tuple[weakref.ref[Any], str]] = []
        self._undo: list[Callable[[], object]] = []

    def detach(self) -> None:
        """Leave everything as it was found; what is in flight is sealed. Twice does nothing."""
        if not self.is_attached:
            return
        self.is_attached = False
        while self._undo:
            self._undo.pop()()
        while self._wrapped:
            self._unwrap(*self._wrapped.pop())
        self.recorder.end_epoch(split=self._split)

    def at_detach(self, undo: Callable[[], object]) -> None:
        """Call ``undo`` when the bond ends; the newest first."""
        self._undo.append(undo)

    def wrap(self, thing: Any, name: str, around: Callable[..., Any]) -> None:
        """Put ``around(inner, *args, **kwargs)`` in the place of one object's method.

        Raises:
            ValueError: A recorder is attached there already.
        """
        bound = getattr(thing, name)
        if isinstance(getattr(bound, "_carto_handle", None), Handle):
            raise ValueError(
                f"a recorder is attached to this {type(thing).__name__} already: detach it first, "
                "handle.detach()"
            )
        owner, own = weakref.ref(thing), vars(thing).get(name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            inner = _of_class(owner(), name) if own is None else own
            # Another wrapper may have been put over this one, and then it outlives the bond.
            return around(inner, *args, **kwargs) if self.is_attached else inner(*args, **kwargs)

        vars(wrapped).update(
            __name__=name,
            __doc__=bound.__doc__,
            __signature__=inspect.signature(bound),
            _carto_handle=self,
            _carto_own=own,
        )
        setattr(thing, name, wrapped)
        self._wrapped.append((owner, name))

    def _unwrap(self, owner: weakref.ref[Any], name: str) -> None:
        thing = owner()
        now = None if thing is None else vars(thing).get(name)
        if getattr(now, "_carto_handle", None) is not self:
            return  # somebody else's by now
        own = vars(now)["_carto_own"]
        if own is None:
            delattr(thing, name)
        else:
            setattr(thing, name, own)

    def replace(self, thing: Any, name: str, value: Any) -> None:
        """Set an attribute of one object until the bond ends."""
        owner, had, before = weakref.ref(thing), name in vars(thing), vars(thing).get(name)
        setattr(thing, name, value)

        def undo() -> None:
            thing = owner()
            if thing is None or vars(thing).get(name) is not value:
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

    def checkpoint(self, name: str) -> dict[str, Any]:
        """What a framework's checkpoint keeps for the recorder, under ``name``, if anything."""
        policy = self.recorder._policy
        if self.recorder.path is None or policy.stopped is not None:
            return {}
        try:
            return {name: self.recorder.state_dict()}
        except Exception as error:
            policy.take(error, is_trusted=self.recorder._recording.book.has_sealed())
            return {}

    def goes_on_at(self, state: dict[str, Any] | None) -> None:
        """A framework restored its model from a checkpoint that keeps this state for the recorder.

        A new run begins anew, whatever trained before.

        Raises:
            ValueError: The run is to go on, and cannot do so at this state.
        """
        recorder = self.recorder
        is_ours = state is not None and state["run"] == recorder.run.description.get("run")
        if state is None or not (is_ours or recorder._recording.may_go_on):
            return
        if _trained_in(state) != _trained_in(self.checkpoint("now").get("now")):
            recorder.load_state_dict(state)

    def one_of(self, n_processes: int) -> None:
        """The framework trains in ``n_processes``, of which this is one.

        Raises:
            ValueError: The recorder was made where nobody knew of the others.
        """
        known = self.recorder._recording.splits.rank.of
        if known != n_processes:
            raise ValueError(
                f"this {self._what} trains in {n_processes} processes, the recorder knows of "
                f"{known}: start them with torchrun --nproc-per-node, so that each knows its rank "
                "when its Recorder is made"
            )

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    def __repr__(self) -> str:
        return f"Handle({self._what}{'' if self.is_attached else ', detached'})"


def _trained_in(state: dict[str, Any] | None) -> list[Any]:
    """How far the training had come in a recorder's state, whatever was evaluated since."""
    passes = state["passes"] if state else []
    return [state and state["session"], *(one for one in passes if one["split"] == "train")]


def _of_class(thing: Any, name: str) -> Any:
    """An object's method as its class has it."""
    kind = type(thing)
    found = next(vars(base)[name] for base in kind.__mro__ if name in vars(base))
    return found.__get__(thing, kind)
