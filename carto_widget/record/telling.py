"""What a recorder tells: the batch in hand, how it stands, what is on record."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from torch import Tensor

from carto_widget.record import account
from carto_widget.record.identity.attribution import BatchInHand
from carto_widget.record.listeners import Listeners, OnEpoch
from carto_widget.record.live_metric import LiveMetric
from carto_widget.record.policy import Policy
from carto_widget.record.recording import Recording
from carto_widget.record.steer.standing import Standing
from carto_widget.record.values.task import Kinds
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.run.parts import Series
from carto_widget.store.run.run import Run
from carto_widget.store.snapshot import Cursor, Snapshot

if TYPE_CHECKING:
    from carto_widget.record.recorder import Recorder


class Telling:
    """The questions that a recorder answers; ``Recorder`` adds what a loop calls."""

    run: Run
    label_names: Any  # a list, one a task, or None
    _recording: Recording
    _policy: Policy
    _kinds: Kinds
    _standing: Standing

    @property
    def path(self) -> str | None:
        """The run folder; None: in memory."""
        return self.run.path

    @property
    def batch(self) -> BatchInHand:
        """The batch in hand: ``recorder.batch.guid`` (B,).

        Raises:
            ValueError: None or several batches are yielded and not logged.
        """
        attribution = self._recording.attribution
        unlogged = attribution.hand.unlogged()
        if len(unlogged) != 1:
            raise ValueError(
                f"{len(unlogged)} batches of tracked loaders are yielded and not logged, "
                "recorder.batch wants exactly one: use recorder.batch_of(gold)"
            )
        return attribution.in_hand(unlogged[0])

    def batch_of(self, gold: Tensor) -> BatchInHand:
        """The yielded batch whose labels are ``gold`` (B,).

        Raises:
            ValueError: None or several could be meant.
        """
        attribution = self._recording.attribution
        batch = attribution.hand.batch_of(gold, split=None, task="", may_synchronise=lambda: True)
        return attribution.in_hand(batch)

    @property
    def epoch(self) -> int | None:
        """The train epoch in flight, else the last sealed one; None before the first."""
        return self._recording.book.newest_epoch("train")

    @property
    def dynamics(self) -> TrainingDynamics:
        """The sealed train epochs, an unchanging snapshot: ``carto_widget.load(recorder)``."""
        series = self._recording.book.series("train", None, None)
        epoch, _ = self._recording.book.in_flight(series)
        is_over = epoch is not None and epoch.source is not None and epoch.source.is_exhausted
        if epoch is not None and is_over and self._policy.stopped is None:
            self._policy.say(
                f"epoch {epoch.number} is not sealed: the last batch that its loader yielded was "
                "not logged. recorder.end_epoch() seals it"
            )
        return TrainingDynamics.of_run(self.run, series)

    @property
    def identity(self) -> str:
        """One paragraph: what is recorded, how its identity is known, what is missing."""
        return account.identity(self._recording.book, self._recording.told(), self._policy)

    def on_epoch(self, f: OnEpoch) -> Callable[[], None]:
        """Call ``f(recorder, epoch)`` after each sealed train epoch, in the thread that trains.

        An error in ``f`` is warned of once and stops neither training nor recording; with
        ``on_error="raise"`` it is raised. Where nothing is recorded in training, clean passes
        count. Of several processes each calls its own, when its own share is on disk.

        Returns:
            A function that ends it.
        """
        return self._listeners.add(f)

    def metric(
        self, name: str, *, split: str = "train", mode: str | None = None, task: str | None = None
    ) -> LiveMetric:
        """A metric of the sealed epochs so far, inside the loop.

        ``recorder.metric("confidence")[recorder.batch]`` is (B,) float32, NaN where a sample was
        never seen; also guids or an (N,) bool mask may stand in the brackets.

        Args:
            name: As in ``carto_widget.list_metrics()``.
            split, mode, task: Of what; as for ``series``.

        Raises:
            ValueError: An unknown metric, or one whose signals are not recorded.
        """
        key = (name, split, mode, task)
        if key not in self._live_metrics:
            made = LiveMetric(name, self._recording, split, mode, task)
            self._live_metrics[key] = made
        return self._live_metrics[key]

    @cached_property
    def _live_metrics(self) -> dict[tuple[str, str, str | None, str | None], LiveMetric]:
        return {}

    @cached_property
    def _listeners(self) -> Listeners:
        listeners = Listeners(cast("Recorder", self), self._policy)
        self._recording.epoch_sealed = listeners.sealed
        return listeners

    def series(
        self, split: str = "train", mode: str | None = None, task: str | None = None
    ) -> Series:
        """The one series that is meant: online where there is any, the only task.

        Raises:
            ValueError: Several tasks and none named.
        """
        return self._recording.book.series(split, mode, task)

    def snapshot(self, since: Cursor) -> Snapshot:
        """What is new since a cursor; for whoever watches, from any thread."""
        return account.snapshot(
            since,
            self._recording.splits.get(since.split),
            self._recording.book,
            label_names=self.label_names,
            kinds=self._kinds,
            status=self._standing.status,
            notes=account.notes(self._recording.book, self._policy, self.path),
        )

    def __repr__(self) -> str:
        where = "in memory, not saved" if self.path is None else repr(self.path)
        return f"Recorder({where}; {self._standing.status.text})"
