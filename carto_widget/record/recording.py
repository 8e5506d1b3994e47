"""What becomes of a batch: attributed, checked, put into its epoch, sealed with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from carto_widget.record import account
from carto_widget.record.epochs import checkpoint
from carto_widget.record.epochs.book import TRAINING, Book
from carto_widget.record.epochs.epoch import Epoch
from carto_widget.record.epochs.heads import SignalHead, TaskHead
from carto_widget.record.epochs.keeping import Kept, keeping
from carto_widget.record.identity import fingerprint
from carto_widget.record.identity.attribution import Attribution, Subject
from carto_widget.record.identity.batches import Batch, Pass
from carto_widget.record.identity.dataset import logged_guids
from carto_widget.record.identity.split import Split
from carto_widget.record.identity.splits import Splits
from carto_widget.record.policy import Policy, RunAgain
from carto_widget.record.steer.origin import origin, when_cell_ends
from carto_widget.record.values import checks, own_signal
from carto_widget.record.values.checks import Logged
from carto_widget.record.values.computed import OwnSignals
from carto_widget.record.values.steps import Step
from carto_widget.record.values.task import Kinds, task_of
from carto_widget.store.run.run import Run, of_task

Mode = Literal["online", "eval"]
Names = Sequence[str] | Mapping[str, Sequence[str]] | None


class Recording:
    """The recorder's inside: listens to tracked iterators and puts batches into the book.

    Args:
        run: Where it is written.
        splits: Whose samples it knows.
        policy: What becomes of errors.
        kept: Whether log-probabilities of all classes are kept.
        kinds: What is learned under each task's name.
        label_names: Names of the classes, or of those of each task, or None.
        may_go_on: The user's word that the same model goes on training.
        own: Functions under ``signal``.
        every: Of how many training epochs one is recorded.
        checkpoint_every: Steps of training that count as an epoch, or None.
    """

    def __init__(
        self,
        run: Run,
        splits: Splits,
        policy: Policy,
        *,
        kept: Kept,
        kinds: Kinds,
        label_names: Names,
        may_go_on: bool,
        own: OwnSignals,
        every: int = 1,
        checkpoint_every: int | None = None,
    ) -> None:
        self.run, self.splits, self.book = run, splits, Book(run, splits.rank, every=every)
        self.attribution = Attribution(splits)
        self._one_thread = threading.RLock()  # a loop may fetch, log and seal from several threads
        self.is_paused = False
        self.is_closed = False
        self.may_go_on = may_go_on
        self.epoch_sealed: Callable[[Epoch], None] = lambda epoch: None
        self.cell_ended: Callable[[BaseException | None], None] = lambda error: None
        self.is_stopping: Callable[[], bool] = lambda: False
        self._policy, self._kept, self._kinds = policy, kept, kinds
        self._label_names = label_names
        self._interval = checkpoint_every
        self._own = own
        self._own_names: set[str] = set()
        self._n_within = 0  # of `_listeners_after`
        self._unheard: list[Epoch] = []  # sealed epochs of which nobody was told yet
        self._last: tuple[Subject, str] | None = None  # what was logged, in which mode

    def log(
        self,
        logits: Any,
        gold: Any,
        *,
        guid: Any,
        split: str | None,
        task: str,
        mode: Mode | None,
        mask: Any = None,
        features: Any = None,
    ) -> None:
        try:
            mode = mode or _guessed_mode(logits)
            logged = checks.batch(logits, gold, mask, self._kinds, task, features)
            with self._listeners_after():
                self._refuse_closed()
                self._attribute(logged, guid, split, task, mode)
        except Exception as error:
            is_first = self.attribution.awaits_only_first(split)
            self._policy.take(error, is_trusted=self.book.has_sealed() and not is_first)

    def _attribute(
        self, logged: Logged, guid: Any, split: str | None, task: str, mode: Mode
    ) -> None:
        if guid is None:
            subject = self.attribution.by_batch(logged.given, split, task)
        elif not len(logged.gold):
            self.attribution.nothing_of(split, task)
            return
        else:
            subject = self.attribution.by_guid(guid, logged.given, split, task)
        self._take(subject, logged, task, mode)

    def log_batch(self, batch: Batch, logits: Any, gold: Any, task: str) -> None:
        """Record a batch of a pass of our own: nothing to attribute, whatever is in hand."""
        try:
            logged = checks.batch(logits, gold, None, self._kinds, task)
            with self._listeners_after():
                self._refuse_closed()
                subject = self.attribution.own(batch, logged.given, task)
                self._take(subject, logged, task, "eval")
        except Exception as error:
            is_first = not self.splits[batch.source.split].has_logged
            self._policy.take(error, is_trusted=self.book.has_sealed() and not is_first)

    def log_signal(
        self, name: str, values: Any, *, guid: Any, split: str | None, mode: Mode | None
    ) -> None:
        try:
            name = own_signal.checked_name(name, self._own_names, self._own.names)
            numbers = own_signal.checked_values(name, values)
            with self._listeners_after():
                self._refuse_closed()
                key = own_signal.MARK + name
                if guid is None:
                    subject = self.attribution.by_size(len(numbers), split, key)
                elif not len(numbers):
                    self.attribution.nothing_of(split, key)
                    return
                else:
                    subject = self.attribution.named(guid, len(numbers), split)
                known = mode or self._mode_beside(subject) or _guessed_mode(values)
                self._take_signal(subject, name, numbers, known)
        except Exception as error:
            is_first = self.attribution.awaits_only_first(split)
            self._policy.take(error, is_trusted=self.book.has_sealed() and not is_first)

    def log_batch_signal(self, batch: Batch, name: str, values: Any) -> None:
        """Record numbers for a batch of a pass of our own."""
        try:
            name = own_signal.checked_name(name, self._own_names, self._own.names)
            numbers = own_signal.checked_values(name, values)
            with self._listeners_after():
                self._refuse_closed()
                checks.same_size(len(batch.rows), numbers)
                split = self.splits[batch.source.split]
                subject = Subject(split, batch.source, batch.rows, None, [])
                self._take_signal(subject, name, numbers, "eval")
        except Exception as error:
            is_first = not self.splits[batch.source.split].has_logged
            self._policy.take(error, is_trusted=self.book.has_sealed() and not is_first)

    def _mode_beside(self, subject: Subject) -> str | None:
        """The mode of what else was logged of this epoch, or of these very samples."""
        epoch = self.book.of(subject.source) if subject.source else None
        if epoch is not None:
            return epoch.mode
        if self._last is None or self._last[0].split is not subject.split:
            return None
        last, mode = self._last
        return mode if np.array_equal(last.sample, subject.sample) else None

    def _take_signal(self, subject: Subject, name: str, values: Tensor, mode: str) -> None:
        key = own_signal.MARK + name
        epoch = self._epoch(subject, mode, key)
        if not epoch.is_skipped:
            head = epoch.head(key, lambda: SignalHead(subject.split, name, values.device))
            head.add(Step(subject.sample, None, values, values), now=False)
        subject.split.signals.add(name)
        self._logged(epoch, subject, key)

    def _refuse_closed(self) -> None:
        if self.is_closed:
            raise ValueError(
                "this recorder is closed: close it when training has ended, and make a new "
                "Recorder for the next"
            )

    def _take(self, subject: Subject, logged: Logged, task: str, mode: Mode) -> None:
        split, now = subject.split, (logged.kind, task_of(logged.kind).width(logged.logits))
        checks.same_head(split.tasks.get(task, now), now)
        if task not in split.tasks and logged.kind not in checks.NAMELESS:
            checks.classes(now[1], of_task(self._label_names, task))
        epoch = self._epoch(subject, mode, task)
        if not epoch.is_skipped:
            head = epoch.head(task, lambda: self._head(split, task, logged))
            rode = logged.ridden(subject.rode)
            step = Step(subject.sample, rode, logged.logits, logged.gold, logged.features)
            if task in split.tasks:
                head.add(step, now=False)
            else:
                if logged.kind == "language_modeling":
                    leaves = (leaf for b in subject.batches for leaf in b.leaves.values())
                    checks.not_shifted(logged.given, leaves)
                self._first_batch(epoch, head, step, task)
                note = checks.probabilities_note(logged.kind, logged.logits)
                if note:
                    self._policy.say(note)
        self._logged(epoch, subject, task)

    def _logged(self, epoch: Epoch, subject: Subject, name: str) -> None:
        """A batch was logged under a name; it may have been its epoch's last."""
        epoch.logged(name, subject.batches)
        self._last = subject, epoch.mode
        for batch in subject.batches:
            self.attribution.hand.logged(batch, name)
        if any(head.chunk_is_due() for head in epoch.heads.values()):
            self.book.write_chunks(epoch)
        source = subject.source
        # With several heads, or with parts of a batch, others of the last batch may follow.
        is_last = source is not None and source.last_tasks >= epoch.n_logs.keys()
        if source is not None and source.is_exhausted and is_last and subject.is_whole:
            self.seal(epoch)

    def _first_batch(self, epoch: Epoch, head: TaskHead, step: Step, task: str) -> None:
        """Check everything at once; where it fails it was never logged."""
        try:
            head.add(step, now=True)
            checks.some_finite(head.n_nonfinite, len(step.sample) - head.n_ignored)
        except BaseException:  # Ctrl-C, too
            self.book.forget(epoch, task)
            raise
        epoch.split.tasks[task] = head.kind, head.width

    def _epoch(self, subject: Subject, mode: str, name: str) -> Epoch:
        """The epoch these rows belong to, begun where it has not been."""
        split, source = subject.split, subject.source
        epoch = self.book.of(source) if source else self.book.flying.get((split.name, mode))
        if epoch is not None:
            checks.same_mode(epoch.mode, mode)
            if not self._interval_is_over(epoch, subject, name):
                return epoch
            self.seal(epoch, goes_on=True)
        if source is not None and source.is_closed:
            raise ValueError(
                "log got a batch whose epoch is already sealed: log every head of a batch before "
                "end_epoch() or the next epoch"
            )
        who = origin()
        self._refuse_another_run(split, mode, who)
        when_cell_ends(self.cell_ended)
        for sealed in self.book.flying_of(split.name, mode):
            self.seal(sealed)
        return self.book.begin(split, mode, source, who)

    def _interval_is_over(self, epoch: Epoch, subject: Subject, name: str) -> bool:
        """Does a step begin that is one too many for what counts as an epoch?"""
        is_full = self._interval is not None and epoch.n_steps >= self._interval
        is_training = (epoch.split.name, epoch.mode) == TRAINING
        return is_full and is_training and epoch.is_next_step(name, subject.batches)

    def _refuse_another_run(self, split: Split, mode: str, who: object) -> None:
        before = self.book.last_origin(split.name, mode)
        if before is not None and before != who and not self.may_go_on:
            raise RunAgain(
                f"this recorder already holds epochs of split {split.name!r} from an earlier run "
                "of the training code. If the same model goes on training, say so once: "
                "recorder.resume(). If it is a fresh model, make a new Recorder"
            )

    def _head(self, split: Split, task: str, logged: Logged) -> TaskHead:
        if task.startswith(own_signal.MARK):
            raise ValueError(f"task={task!r}: a name of a task does not begin with a plus")
        width = task_of(logged.kind).width(logged.logits)
        kept, _ = keeping(self._kept, len(split.ids), width)
        dtype = getattr(torch, kept) if kept else None
        is_late = self.book.has_sealed() and split.has_logged
        own = self._own.of(task, logged.kind, may_raise=not is_late)
        return TaskHead(split, task, logged.kind, width, dtype, own, logged.logits.device)

    def state_dict(self) -> dict[str, Any]:
        with self._one_thread:
            return checkpoint.state_of(self.book)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        checkpoint.go_on(self.book, state)
        self.may_go_on = True

    def end(self, split: str | None = None) -> None:
        """Seal what is in flight (of a split); where recording has stopped only put it on disk."""
        with self._listeners_after():
            for epoch in [e for e in self.book.flying.values() if split in (None, e.split.name)]:
                try:
                    self._end(epoch)
                except Exception as error:
                    self._policy.take(error, is_trusted=self.book.has_sealed())

    def _end(self, epoch: Epoch) -> None:
        if self._policy.stopped is None or (epoch.is_over and self._policy.is_of_the_disk):
            self.seal(epoch)
            return
        for head in epoch.heads.values():
            head.take(everything=True)
        self.book.write_chunks(epoch)
        self._note()

    def seal(self, epoch: Epoch, *, goes_on: bool = False) -> None:
        """Complete an epoch; where the pass over its loader goes on it was an interval of it."""
        epoch.is_over = True
        self.book.seal(epoch)
        if epoch.source is not None and not goes_on:
            self.attribution.hand.close(epoch.source)
        if not epoch.is_skipped:
            rows = {head.task: head.accepted for head in epoch.heads.values() if not head.signal}
            self._own.sealed(f"epoch {epoch.number} of split {epoch.split.name!r}", rows)
            self._unheard.append(epoch)
        if self.splits.rank.number == 0:
            fingerprint.note(self.run, epoch.split)
        self._note()

    def _note(self) -> None:
        """Put into ``run.json`` what the parts cannot tell."""
        own = self._own.registered(self.run.description, self.run.session)
        account.note(self.book, self.told(), own)

    def go_on(self) -> None:
        """Record again after a stop, where nothing was missed: what waits is written first."""
        self._policy.require_nothing_missed()
        with self._listeners_after():
            for epoch in [one for one in self.book.flying.values() if one.is_over]:
                self.seal(epoch)
            self._policy.goes_on()
            self._note()

    @contextmanager
    def _listeners_after(self) -> Iterator[None]:
        """One thread alone; who listens hears then, and may wait for another that records."""
        sealed: list[Epoch] = []
        try:
            with self._one_thread:
                self._n_within += 1
                try:
                    yield
                finally:
                    self._n_within -= 1
                    if not self._n_within:
                        sealed, self._unheard = self._unheard, []
        finally:
            for epoch in sealed:
                self.epoch_sealed(epoch)

    def told(self) -> account.Sessions:
        """What the parts of the run cannot tell."""
        return account.told(self.splits, self.book, self._policy.stopped, self._kept)

    def __deepcopy__(self, memo: object) -> Recording:
        """A copied loader tells the same recorder."""
        return self

    # ---- told by tracked iterators (tracking.Listener) ----

    @property
    def has_floats(self) -> bool:
        """May labels ride in a batch as floats?"""
        return self._kinds.have_floats

    def yielded(self, batch: Batch) -> None:
        if self.is_paused or self._policy.misses():
            return
        owner = self.splits[batch.source.split]
        try:
            with self._one_thread:
                if batch.source.is_stream:
                    batch.rows = owner.sample_of(logged_guids(batch.rows))
                self.attribution.hand.put(batch)
        except Exception as error:
            self._policy.take(error, is_trusted=self.book.has_sealed() and owner.has_logged)

    def exhausted(self, source: Pass) -> None:
        """Seal where the last batch that was yielded has been logged."""
        if not self.is_paused and self._policy.stopped is None:
            try:
                with self._listeners_after():
                    epoch = self.book.of(source)
                    if epoch is not None and source.last_tasks:
                        self.seal(epoch)
            except Exception as error:
                self._policy.take(error, is_trusted=self.book.has_sealed())


def _guessed_mode(logits: Any) -> Mode:
    is_online = torch.is_grad_enabled() or getattr(logits, "requires_grad", False)
    return "online" if is_online else "eval"
