"""The recorder: listens to a training loop and writes down what the model said of every sample."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from carto_widget.record import account, checks, fingerprint
from carto_widget.record.attribution import Attribution, Subject
from carto_widget.record.batches import Batch
from carto_widget.record.book import Book
from carto_widget.record.dataset import frame_of, labels_of, split_ids, unique_guids
from carto_widget.record.epoch import Epoch, Head
from carto_widget.record.origin import origin, when_cell_ends
from carto_widget.record.policy import Policy
from carto_widget.record.split import Split
from carto_widget.record.steps import Step
from carto_widget.record.tracking import TrackedIterator, check_loader, is_tracked, tracked
from carto_widget.record.training import Training, current
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.ids import Ids
from carto_widget.store.parts import Series
from carto_widget.store.run import MemoryRun, Run, RunFolder
from carto_widget.store.snapshot import Cursor, Snapshot, Status

Mode = Literal["online", "eval"]
L = TypeVar("L", bound="DataLoader[Any]")
_alive: weakref.WeakSet[Recorder] = weakref.WeakSet()


class BatchInHand:
    """The batch that is yielded and not yet logged.

    Attributes:
        guid: (B,) int64 or str, the samples in the order of the batch.
    """

    def __init__(self, split: Split, batch: Batch) -> None:
        self.guid = split.ids.guid[split.position(batch.rows)]

    def __len__(self) -> int:
        return len(self.guid)


class Recorder:
    """Keeps what the model said of every sample's gold label, epoch by epoch.

    Args:
        run: Folder to record into; without one the recording lives in memory. A used name gets
            the next free suffix.
        samples: DataFrame whose row i describes item i of the root dataset, or one a split.
        guid: The samples' lasting names: a column of ``samples``, a sequence, or a function of
            the root row; by default the index of ``samples``, without it the row number.
        gold: Column of ``samples`` with the labels trained on: class numbers, or names out of
            ``label_names``. Every logged label is compared with it.
        label_names: Names of the C classes.
        task: What is learned; deduced for logits (B, C >= 2) with integer labels.
        logits: Whether log-probabilities of all classes are kept: "auto" (where C <= 32 and the
            run is expected to stay under 1 GB), "float16", "float32", or False.
        if_exists: "new" (default), or "resume": the run goes on, and it is your word that the
            model was restored too.
        on_error: After the first sealed epoch an error in recording stops the recording and
            training goes on ("stop"), or it is raised ("raise").

    Raises:
        ValueError, TypeError: Arguments that do not fit together.

    See Swayamdipta et al. 2020, "Dataset Cartography", for what the training dynamics are for.
    """

    def __init__(
        self,
        run: str | os.PathLike[str] | None = None,
        *,
        samples: Any = None,
        guid: str | Sequence[Any] | Callable[[int], Any] | None = None,
        gold: str | None = None,
        label_names: Sequence[str] | None = None,
        task: str | None = None,
        logits: Literal["auto", "float16", "float32", False] = "auto",
        if_exists: Literal["new", "resume"] = "new",
        on_error: Literal["stop", "raise"] = "stop",
        **unknown: object,
    ) -> None:
        _refuse_unknown(unknown)
        _one_of("task", task, (None, "multiclass"))
        _one_of("logits", logits, ("auto", "float16", "float32", False))
        _one_of("if_exists", if_exists, ("new", "resume"))
        _one_of("on_error", on_error, ("stop", "raise"))
        _refuse_several_processes()
        self.samples = samples
        self.label_names = None if label_names is None else [str(name) for name in label_names]
        self._guid, self._gold, self._keep = guid, gold, logits
        self.run = _opened_run(run, if_exists, self.label_names)
        self._book = Book(self.run)
        self._attribution = Attribution(self._untracked)
        self._policy = Policy(on_error)
        self._status = Status("waiting")
        self._training: Training | None = None
        self._is_paused = False
        self._is_resumed = if_exists == "resume"
        self._is_closed = False
        if self.run.notice:
            self._policy.say(self.run.notice)
        _alive.add(self)

    # ---- what the user's loop calls ----

    def track(
        self,
        loader: L,
        *,
        split: str = "train",
        guid: str | Sequence[Any] | Callable[[int], Any] | None = None,
    ) -> L:
        """A new loader whose batches' samples are known; the batches stay as they were.

        Args:
            loader: A ``DataLoader`` over a map-style dataset. It is left untouched; frameworks
                that rebuild loaders come first: ``track(accelerator.prepare(loader))``.
            split: Under which name its samples are recorded.
            guid: As for the ``Recorder``, for this split.

        Raises:
            TypeError: Not a ``DataLoader``, or a stream.
            ValueError: ``samples`` or guids do not fit the dataset.
        """
        check_loader(loader)
        if is_tracked(loader):
            return loader
        samples = frame_of(self.samples, split)
        ids, item_rows, root = split_ids(
            loader.dataset, split, samples=samples, guid=self._guid if guid is None else guid
        )
        has_names = samples is not None or guid is not None or self._guid is not None
        self._add_split(split, ids, samples, root, has_names=has_names)
        return tracked(loader, item_rows, self, split)

    def log(
        self,
        logits: Any,
        gold: Any,
        *,
        guid: Any = None,
        split: str | None = None,
        task: str = "main",
        mode: Mode | None = None,
    ) -> None:
        """Record what the model says of a batch; the ids of the batch in hand are known.

        Args:
            logits: (B, C) tensor, C >= 2, any floating dtype and device.
            gold: (B,) integer labels in 0..C-1; a label of -100 writes no row.
            guid: (B,) the samples, where the loop names them itself.
            split: Which tracked loader's batch, where several are in hand.
            task: Which head, where a batch is logged several times.
            mode: "online" or "eval"; by default online where gradients are enabled.

        Raises:
            ValueError, TypeError: A batch that cannot be attributed, or is not what is recorded:
                at the first batch always, after the first sealed epoch as ``on_error`` says.
        """
        if self._is_paused or self._policy.stopped is not None:
            return
        training = current.get()
        if training is not None:
            self._training = training
            training._reached(self)
        is_trusted = self._book.has_sealed() and not self._attribution.awaits_first(split)
        with self._policy.watch(is_trusted):
            self._log(*checks.batch(logits, gold), logits, guid, split, task, mode)

    def end_epoch(self) -> None:
        """Seal the epochs in flight; returns when they are on disk. Without one does nothing.

        Where recording has stopped their rows are put on disk and the epochs stay incomplete.
        """
        for epoch in list(self._book.flying.values()):
            if self._policy.stopped is None:
                self._seal(epoch)
            else:
                self._book.write_chunks(epoch)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is recorded inside, for example while a learning-rate finder runs."""
        before, self._is_paused = self._is_paused, True
        try:
            yield
        finally:
            self._is_paused = before

    def resume(self) -> None:
        """Your word that the same model goes on training; said once, it holds."""
        self._is_resumed = True

    def close(self) -> None:
        """Seal what is in flight and end the recording."""
        if self._is_closed:
            return
        self._is_closed = True
        self.end_epoch()
        if self._status.word in ("waiting", "training"):
            self._status = Status("ended", epoch=self._last_epoch())

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._ended(error)
        self.close()

    # ---- what it tells ----

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
        unlogged = self._attribution.hand.unlogged()
        if len(unlogged) != 1:
            raise ValueError(
                f"{len(unlogged)} batches of tracked loaders are yielded and not logged, "
                "recorder.batch wants exactly one: use recorder.batch_of(gold)"
            )
        return self._in_hand(unlogged[0])

    def batch_of(self, gold: Tensor) -> BatchInHand:
        """The yielded batch whose labels are ``gold`` (B,).

        Raises:
            ValueError: None or several could be meant.
        """
        hand = self._attribution.hand
        return self._in_hand(hand.batch_of(gold, split=None, task="", may_synchronise=True))

    @property
    def epoch(self) -> int | None:
        """The train epoch in flight, else the last sealed one; None before the first."""
        epoch, _ = self._book.in_flight(self._book.series("train", None, None))
        return epoch.number if epoch else self._last_epoch()

    @property
    def dynamics(self) -> TrainingDynamics:
        """The sealed train epochs, an unchanging snapshot: ``carto_widget.load(recorder)``."""
        series = self._book.series("train", None, None)
        epoch, _ = self._book.in_flight(series)
        is_over = epoch is not None and getattr(epoch.iterator, "is_exhausted", False)
        if epoch is not None and is_over and self._policy.stopped is None:
            self._policy.say(
                f"epoch {epoch.number} is not sealed: the last batch that its loader yielded was "
                "not logged. recorder.end_epoch() seals it"
            )
        return TrainingDynamics.of_run(self.run, series)

    @property
    def identity(self) -> str:
        """One paragraph: what is recorded, how its identity is known, what is missing."""
        return account.identity(self._attribution.splits, self._book, self._policy, self.path)

    def series(
        self, split: str = "train", mode: str | None = None, task: str | None = None
    ) -> Series:
        """The one series that is meant: online where there is any, the only task.

        Raises:
            ValueError: Several tasks and none named.
        """
        return self._book.series(split, mode, task)

    def snapshot(self, since: Cursor) -> Snapshot:
        """What is new since a cursor; for whoever watches, from any thread."""
        return account.snapshot(
            since,
            self._attribution.splits.get(since.split),
            self._book,
            label_names=self.label_names,
            status=self._current_status(),
            notes=account.notes(self._book, self._policy, self.path),
        )

    def __repr__(self) -> str:
        where = "in memory, not saved" if self.path is None else repr(self.path)
        return f"Recorder({where}; {self._current_status().text})"

    # ---- recording ----

    def _log(
        self,
        logits: Tensor,
        gold: Tensor,
        given: Any,
        guid: Any,
        split: str | None,
        task: str,
        mode: Mode | None,
    ) -> None:
        if guid is None:
            subject = self._attribution.by_batch(gold, split, task)
        else:
            subject = self._attribution.by_guid(guid, gold, split)
        epoch = self._epoch(subject, mode or _guessed_mode(given))
        head = epoch.head(task, lambda: self._head(subject.split, logits))
        checks.same_classes(head.n_classes, logits)
        step = Step(subject.sample, subject.rode, logits, gold.long())
        if task in subject.split.tasks:
            head.add(step, now=False)
        else:
            self._first_batch(epoch, head, step, task)
        for batch in subject.batches:
            self._attribution.hand.logged(batch, task)
        if head.chunk_is_due():
            self._book.write_chunks(epoch)
        self._seal_if_done(subject.iterator)

    def _first_batch(self, epoch: Epoch, head: Head, step: Step, task: str) -> None:
        """Check everything at once; where it fails the epoch never began."""
        try:
            head.add(step, now=True)
            checks.some_finite(head.n_nonfinite, step.gold)
        except Exception:
            self._book.forget(epoch)
            raise
        epoch.split.tasks.add(task)
        self._status = Status("training")

    def _epoch(self, subject: Subject, mode: Mode) -> Epoch:
        """The epoch these rows belong to, begun where it has not been."""
        book, split, iterator = self._book, subject.split, subject.iterator
        epoch = book.of(iterator) if iterator else book.flying.get((split.name, mode))
        if epoch is not None:
            checks.same_mode(epoch.mode, mode)
            return epoch
        if iterator is not None and iterator.was_sealed:
            raise ValueError(
                "log got rows for an epoch that is already sealed: a newer pass over the loader, "
                "end_epoch() or close() ended it"
            )
        who = origin()
        self._refuse_another_run(split, mode, who)
        if split.tasks:
            self._status = Status("training")
        when_cell_ends(self._ended)
        return book.begin(split, mode, iterator, who)

    def _refuse_another_run(self, split: Split, mode: str, who: object) -> None:
        before = self._book.last_origin(split.name, mode)
        if before is not None and before != who and not self._is_resumed:
            self._policy.refuse(
                f"this recorder already holds epochs of split {split.name!r} from an earlier run "
                "of the training code. If the same model goes on training, say so once: "
                "recorder.resume(). If it is a fresh model, make a new Recorder"
            )

    def _head(self, split: Split, logits: Tensor) -> Head:
        n_classes = logits.shape[1]
        checks.classes(n_classes, self.label_names)
        return Head(split, n_classes, self._kept_dtype(split, n_classes), logits.device)

    def _kept_dtype(self, split: Split, n_classes: int) -> torch.dtype | None:
        if self._keep == "auto":
            return torch.float16 if account.logits_are_small(split, n_classes) else None
        return getattr(torch, self._keep) if self._keep else None

    def _add_split(self, name: str, ids: Ids, samples: Any, root: Any, *, has_names: bool) -> None:
        known = self._attribution.splits.get(name)
        if known is not None:
            fingerprint.same_samples(known, ids, root, has_names=has_names)
            return
        split = Split(name, ids, samples=samples, expected=self._expected(samples, ids), root=root)
        fingerprint.compare_with_record(self.run, split)
        self.run.add_ids(name, ids)
        self._attribution.splits[name] = split

    def _expected(self, samples: Any, ids: Ids) -> Any:
        labels = labels_of(samples, self._gold, self.label_names)
        return labels if labels is None or ids.sample is None else labels[ids.sample]

    def _untracked(self, name: str) -> Split:
        """The split of a loop that names its samples: those of ``samples``, or as they come."""
        samples = frame_of(self.samples, name)
        if samples is None:
            split = Split(name, None)
            fingerprint.compare_with_record(self.run, split)
            return split
        column = samples[self._guid] if isinstance(self._guid, str) else samples.index
        ids = Ids(unique_guids(column.to_numpy()), torch.arange(len(samples)).numpy())
        split = Split(name, ids, samples=samples, expected=self._expected(samples, ids))
        fingerprint.compare_with_record(self.run, split)
        return split

    def _seal_if_done(self, iterator: TrackedIterator | None) -> None:
        """Seal when the iterator is exhausted and the last batch it yielded has been logged."""
        if iterator is None or not iterator.is_exhausted:
            return
        epoch = self._book.of(iterator)
        if epoch is not None and iterator.last is not None and iterator.last.tasks:
            self._seal(epoch)

    def _seal(self, epoch: Epoch) -> None:
        self._book.seal(epoch)
        if epoch.iterator is not None:
            epoch.iterator.was_sealed = True
            self._attribution.hand.close(epoch.iterator)
        fingerprint.note_fingerprint(self.run, epoch.split)

    def _in_hand(self, batch: Batch) -> BatchInHand:
        return BatchInHand(self._attribution.splits[batch.iterator.split], batch)

    # ---- told by tracked iterators (tracking.Listener) ----

    def _opened(self, iterator: TrackedIterator) -> None:
        if not self._is_paused:
            self._attribution.hand.open(iterator)

    def _yielded(self, batch: Batch) -> None:
        if not self._is_paused:
            self._attribution.hand.put(batch)

    def _exhausted(self, iterator: TrackedIterator) -> None:
        if not self._is_paused and self._policy.stopped is None:
            with self._policy.watch(self._book.has_sealed()):
                self._seal_if_done(iterator)

    def _is_stopping(self) -> bool:
        training = current.get()
        return training is not None and training.is_stopping

    # ---- how it stands ----

    def _last_epoch(self) -> int | None:
        sealed = self._book.sealed(self._book.series("train", None, None))
        return sealed[-1] if sealed else None

    def _current_status(self) -> Status:
        if self._policy.stopped is not None:
            return Status("stopped", self._policy.stopped)
        is_held = self._training is not None and self._training.is_paused
        if (self._is_paused or is_held) and self._status.word == "training":
            return Status("paused", epoch=self.epoch)
        if self._status.word == "training":
            return Status("training", epoch=self.epoch)
        return self._status

    def _ended(self, error: BaseException | None) -> None:
        """The cell, the ``with`` block or the training that logged has ended."""
        if self._status.word != "training":
            return
        if isinstance(error, KeyboardInterrupt):
            self._status = Status("interrupted", epoch=self.epoch)
        elif error is not None:
            self._status = Status("failed", f"{type(error).__name__}: {error}", self.epoch)
        else:
            self._status = Status("ended", epoch=self.epoch)

    def _training_ended(self, training: Training) -> None:
        if training.is_stopping:
            self.end_epoch()
        self._ended(training.error)


@atexit.register
def _close_all() -> None:
    for recorder in list(_alive):
        recorder.close()


def _guessed_mode(logits: Any) -> Mode:
    is_online = torch.is_grad_enabled() or getattr(logits, "requires_grad", False)
    return "online" if is_online else "eval"


def _opened_run(
    path: str | os.PathLike[str] | None, if_exists: Literal["new", "resume"], label_names: Any
) -> Run:
    description: Mapping[str, Any] = {"label_names": label_names, "task": "multiclass"}
    if path is None:
        return MemoryRun(description)
    run = RunFolder.create(path, if_exists=if_exists, description=description)
    fingerprint.same_label_names(run, label_names)
    return run


def _refuse_unknown(unknown: Mapping[str, object]) -> None:
    for name in unknown:
        known = [k for k in Recorder.__init__.__annotations__ if k not in ("unknown", "return")]
        near = get_close_matches(name, known, 1, 0)[0]
        raise TypeError(f"Recorder got an unknown argument {name!r}; did you mean {near!r}?")


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}={value!r}, expected one of {', '.join(map(repr, allowed))}")


def _refuse_several_processes() -> None:
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ValueError(
            f"WORLD_SIZE={os.environ['WORLD_SIZE']}: recording from several processes is not "
            "supported yet; record in a single-process run"
        )
