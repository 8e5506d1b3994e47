"""The recorder: listens to a training loop and writes down what the model said of every sample."""

from __future__ import annotations

import atexit
import os
import traceback
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from carto_widget.record import arguments
from carto_widget.record.epochs.keeping import Kept
from carto_widget.record.epochs.ranks import opened_run, this_rank
from carto_widget.record.evaluate import Forward, evaluate
from carto_widget.record.identity.batches import Pass
from carto_widget.record.identity.choice import Only
from carto_widget.record.identity.splits import GuidSource, Splits
from carto_widget.record.identity.tracking import (
    check_loader,
    check_spawn,
    is_tracked,
    tracked,
    untracked,
)
from carto_widget.record.policy import Policy
from carto_widget.record.recording import Mode, Names, Recording
from carto_widget.record.steer.standing import Standing
from carto_widget.record.steer.steering import Steering
from carto_widget.record.steerable import Steerable
from carto_widget.record.values import checks
from carto_widget.record.values.computed import OwnSignals
from carto_widget.record.values.decorated import Signal, chosen
from carto_widget.record.values.observe import Watch, observing
from carto_widget.record.values.task import Kinds, task_of

L = TypeVar("L", bound="DataLoader[Any]")
_alive: weakref.WeakSet[Recorder] = weakref.WeakSet()


class Recorder(Steerable):
    """Keeps what the model said of every sample's gold label, epoch by epoch.

    Args:
        run: Folder to record into; without one the recording lives in memory. A used name gets
            the next free suffix.
        samples: DataFrame whose row i describes item i of the root dataset, or one a split.
        guid: The samples' lasting names: a column of ``samples``, a sequence, or a function of
            the root row; by default the index of ``samples``, without it the row number.
        gold: Column of ``samples`` with the labels trained on: class numbers, or names out of
            ``label_names``; numbers of a regression; lists of several labels or shares. Every
            logged label is compared with it. Of several heads a mapping.
        label_names: Names of the C classes (or L labels); of several heads a mapping from the
            names under which they are logged.
        task: What is learned: "multiclass" (deduced for logits (B, C >= 2) with integer labels),
            "binary", "multilabel", "soft_labels", "token_classification", "language_modeling" or
            "regression" (docs/tasks.md); of several heads a mapping.
        logits: Whether log-probabilities of all classes are kept: "auto" (where C <= 32 and the
            run is expected to stay under 1 GB), "float16", "float32", or False.
        if_exists: "new" (default), or "resume": the run goes on, and it is your word that the
            model was restored too.
        on_error: After the first sealed epoch an error in recording stops the recording and
            training goes on ("stop"), or it is raised ("raise").
        every: Records the training epochs 0, ``every``, 2 ``every``, ...; they keep their numbers.
        signals: The functions under ``carto_widget.signal`` to compute; by default all there are.
        checkpoint_every: For trainings of one or few epochs: so many steps (batches logged) of
            training count as an epoch.
        store_samples: Keeps ``samples`` with the run, as Parquet, so that ``DataMap(path)`` shows
            them; without it a hash of each row, by which a map tells whether they have changed.
        compact: Keeps probabilities to 16 binary places and margins to 9 significant bits: 5
            bytes a row for 8, "multiclass" and "binary" alone. Without ``other_probability``, and
            without log-probabilities of all classes where ``logits`` is "auto".

    Raises:
        ValueError, TypeError: Arguments that do not fit together.

    See Swayamdipta et al. 2020, "Dataset Cartography", for what the training dynamics are for.
    """

    def __init__(
        self,
        run: str | os.PathLike[str] | None = None,
        *,
        samples: Any = None,
        guid: GuidSource = None,
        gold: str | Mapping[str, str] | None = None,
        label_names: Names = None,
        task: str | Mapping[str, str] | None = None,
        logits: Kept = "auto",
        if_exists: Literal["new", "resume"] = "new",
        on_error: Literal["stop", "raise"] = "stop",
        every: int = 1,
        checkpoint_every: int | None = None,
        signals: Iterable[str | Signal] | None = None,
        store_samples: bool = False,
        compact: bool = False,
        **unknown: object,
    ) -> None:
        arguments.refuse_unknown(Recorder.__init__, unknown)
        kinds = Kinds(task)
        arguments.one_of("logits", logits, ("auto", "float16", "float32", False))
        arguments.one_of("if_exists", if_exists, ("new", "resume"))
        arguments.one_of("on_error", on_error, ("stop", "raise"))
        arguments.positive("every", every)
        arguments.positive("checkpoint_every", 1 if checkpoint_every is None else checkpoint_every)
        arguments.are_samples(samples)
        arguments.can_be_stored(store_samples, samples)
        settings = {"every": every, "checkpoint_every": checkpoint_every, "compact": bool(compact)}
        self.label_names = checks.texts(label_names)
        self._kinds = kinds
        checks.names_fit(self.label_names, kinds)
        checks.can_be_compact(compact, kinds)
        self._policy = Policy(on_error)
        own = OwnSignals(chosen(signals), self._policy)
        known, rank = own.registered({}, 0), this_rank()
        self.run = opened_run(run, rank, if_exists, self.label_names, task, settings, known)
        own.check(self.run)
        self._recording = Recording(
            self.run,
            Splits(self.run, rank, samples, guid, gold, self.label_names, kinds, store_samples),
            self._policy,
            kept=False if compact and logits == "auto" else logits,
            kinds=kinds,
            label_names=self.label_names,
            may_go_on=if_exists == "resume",
            own=own,
            every=every,
            checkpoint_every=checkpoint_every,
        )
        self._steering = Steering(self._recording.book, self._policy)
        self._recording.is_stopping = self._steering.is_stopping
        self._standing = Standing(self._recording, self._policy, self._steering)
        self._recording.cell_ended = self._standing.cell_ended
        if self.run.notice:
            self._policy.say(self.run.notice)
        _alive.add(self)

    def track(
        self,
        loader: L,
        *,
        split: str = "train",
        guid: GuidSource = None,
        only: Only | None = None,
        observe: bool = False,
    ) -> L:
        """A new loader whose batches' samples are known; the batches stay as they were.

        Args:
            loader: A ``DataLoader``; over a stream with ``guid=``. It is left untouched; frameworks
                that rebuild loaders come first: ``track(accelerator.prepare(loader))``. Once
                tracked by this recorder it is given back; of another recorder's a new one is made.
            split: Under which name its samples are recorded.
            guid: As for the ``Recorder``, for this split; of a stream a function of the item, which
                runs in the workers.
            only: Which samples are recorded: (N,) bools over the split's samples, a Series of bools
                by guid, or a fraction: a fair choice by guid, the same in every process and
                session. The others stay unseen.
            observe: Record without ``log``: the loss that torch.nn.functional computes of the
                batch's labels is observed (``cross_entropy``, or that of the declared task), and
                its logits are logged. Every torch function called in Python then takes 1 to 2 us
                longer. What could be meant in two ways is refused, docs/frameworks.md says which.

        Raises:
            TypeError: Not a ``DataLoader``, or a stream without ``guid=``.
            ValueError: ``samples`` or guids do not fit the dataset; ``observe=`` with a task whose
                loss is not observed.
        """
        check_loader(loader)
        if is_tracked(loader, self._recording):
            return loader
        observing = self._observing() if observe else None
        loader = untracked(loader)  # another recorder's: often that of this cell's last execution
        tagged = self._recording.splits.add_tracked(split, loader.dataset, guid, only)
        check_spawn(loader, tagged)
        return tracked(loader, tagged, self._recording, split, observing)

    def _observing(self) -> Callable[[Pass], Watch]:
        def refuse(why: str) -> None:
            self._policy.take(ValueError(why), is_trusted=self._recording.book.has_sealed())

        return observing(self._kinds, self.log, refuse, self._policy.say)

    def log(
        self,
        logits: Any,
        gold: Any,
        *,
        guid: Any = None,
        split: str | None = None,
        task: str = "main",
        mode: Mode | None = None,
        mask: Any = None,
        features: Any = None,
    ) -> None:
        """Record what the model says of a batch; the ids of the batch in hand are known.

        Args:
            logits: (B, C) tensor, C >= 2, any floating dtype and device; of other tasks as
                docs/tasks.md says.
            gold: (B,) integer labels in 0..C-1; a label of -100 writes no row.
            guid: (B,) the samples, where the loop names them itself.
            split: Which tracked loader's batch, where several are in hand.
            task: Which head, where a batch is logged several times.
            mode: "online" or "eval"; by default online where gradients are enabled.
            mask: bool like ``gold``: which labels (tokens) count.
            features: (B, D) what the model makes of the samples before its last layer, kept in
                half precision, of each sample the newest: ``dynamics.features``; of every epoch
                their length, the signal ``feature_norm``. With every batch of an epoch, or none.

        Raises:
            ValueError, TypeError: A batch that cannot be attributed, or is not what is recorded:
                at the first batch always, after the first sealed epoch as ``on_error`` says.
        """
        self._steering.reached()
        if self._recording.is_paused or self._policy.misses():
            return
        asked = {"guid": guid, "split": split, "task": task, "mode": mode, "mask": mask}
        self._recording.log(logits, gold, **asked, features=features)
        self._standing.goes_on()

    def log_signal(
        self,
        name: str,
        values: Any,
        *,
        guid: Any = None,
        split: str | None = None,
        mode: Mode | None = None,
    ) -> None:
        """Record numbers of your own: one for each sample of the batch in hand or just logged.

        They are a signal of every task of their split and mode: ``dynamics.signals[name]``, and a
        parameter that functions under ``carto_widget.metric`` can ask for. Where labels are logged
        beside them these tell whose they are; signals alone are not verified.

        Args:
            name: A name for a parameter, not that of a signal or metric of ours.
            values: (B,) numbers, a tensor on any device, an array or a list; kept in single
                precision, NaN means missing.
            guid: (B,) the samples, where the loop names them itself.
            split: Which tracked loader's batch, where several are in hand.
            mode: As for ``log``; by default that of what else is logged of the batch.

        Raises:
            ValueError, TypeError: A taken name, other shapes, a batch that cannot be told; as for
                ``log``.
        """
        self._steering.reached()
        if self._recording.is_paused or self._policy.misses():
            return
        self._recording.log_signal(name, values, guid=guid, split=split, mode=mode)
        self._standing.goes_on()

    def log_epoch(
        self,
        probabilities: Any,
        gold: Any,
        *,
        guid: Any,
        epoch: int | None = None,
        split: str = "train",
        mode: Mode = "eval",
    ) -> None:
        """Record a whole epoch of a model without a loop: ``partial_fit``, boosting, warm starts.

        Args:
            probabilities: (R, C) of each class, C >= 2, each row summing to 1; those below 1e-38
                are raised to it, a row with NaN is missing. "binary": (R,) or (R, 2),
                "multilabel": (R, L), "regression": the predictions (R,).
            gold: (R,) integer labels in 0..C-1, or what the task has.
            guid: (R,) the samples.
            epoch: Its number, to be sure; epochs come in order, from 0.
            split: Whose samples.
            mode: As for ``log``.

        Raises:
            ValueError, TypeError: As for ``log``; rows that do not sum to 1; another epoch than
                the next.
        """
        self.end_epoch(split=split)
        following = self._recording.book.next_epoch(split, mode)
        if epoch is not None and epoch != following:
            raise ValueError(f"log_epoch got epoch {epoch}, the next one is {following}")
        values = np.asarray(probabilities, dtype=np.float64)
        logits = task_of(self._kinds.of("main") or "multiclass").logits(values)
        own = torch.from_numpy(np.asarray(gold).copy())  # of a tensor too
        self.log(logits, own, guid=guid, split=split, mode=mode)
        self.end_epoch(split=split)

    def evaluate(
        self,
        model: nn.Module,
        source: Any,
        *,
        split: str | None = None,
        dataset: Any = None,
        forward: Forward | None = None,
        task: str = "main",
    ) -> None:
        """Record a clean pass, mode "eval": evaluation mode, no gradients, a loader of its own.

        Training is left as it was, also in the middle of an epoch: the random states of Python,
        NumPy, torch and the model's devices, and each submodule's ``training`` flag.

        Args:
            model: The model; tensors are brought to its device.
            source: A loader, tracked or not, or a map-style dataset. Its dataset's augmentation
                stays on.
            split: Whose samples; by default the tracked loader's split, else "train".
            dataset: Goes over this one instead, for example the same samples not augmented.
            forward: ``forward(model, batch)`` gives logits (B, C) and labels (B,), or these and a
                dict of (B,) signals of your own, or that dict alone; by default for batches
                ``(*inputs, labels)`` and for mappings with the key "labels".
            task: Which head.

        Raises:
            ValueError: ``dataset`` has another number of samples.
            TypeError: Batches that ``forward`` must be given for.
        """
        is_silent = self._recording.is_paused or self._policy.misses()
        if is_silent or self._steering.is_stopping():
            return
        split = split or (source._carto[1] if is_tracked(source) else "train")
        evaluate(self._recording, model, source, split, dataset=dataset, forward=forward, task=task)
        self._standing.goes_on()

    def end_epoch(self, *, split: str | None = None) -> None:
        """Seal the epochs in flight; returns when they are on disk. Without one does nothing.

        Where recording has stopped their rows are put on disk, and epochs that lack some stay
        incomplete.

        Args:
            split: Only those of this split, where others go on.
        """
        self._recording.end(split)

    def state_dict(self) -> dict[str, Any]:
        """Where the recording stands, to be saved beside the model; plain numbers and strings.

        Raises:
            ValueError: The recording lives in memory.
        """
        controls = {name: one.value for name, one in self._steering.controls.items()}
        return self._recording.state_dict() | {"controls": controls}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on exactly where ``state_dict`` was called, with the model that was saved then.

        What an interrupted training recorded after it stays on disk and is not read. Of several
        processes the epoch that was in flight begins anew.

        Raises:
            ValueError: Another run's state, or not before the first log of a resumed run.
        """
        self._recording.load_state_dict(state)
        self._steering.go_on(state.get("controls", {}))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is recorded inside, for example while a learning-rate finder runs."""
        before, self._recording.is_paused = self._recording.is_paused, True
        try:
            yield
        finally:
            self._recording.is_paused = before

    def close(self) -> None:
        """Seal what is in flight and end the recording; what then is logged is refused."""
        if self._recording.is_closed:
            return
        self.end_epoch()
        self._recording.is_closed = True
        self.run.close()
        self._standing.ended(None)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._standing.ended(error)
        self.close()


@atexit.register
def _close_all() -> None:
    for recorder in list(_alive):
        try:
            recorder.close()
        except Exception:
            traceback.print_exc()  # and the others are closed all the same
