"""What a recorder knows of one split: its samples, their labels, and whether both are trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carto_widget.record.identity.batches import Path
from carto_widget.record.identity.choice import Only, checked_fraction, chosen, name_of, share
from carto_widget.store.arrays import unknown_labels
from carto_widget.store.run.ids import Ids

MOST_FLAGS = 32  # labels a sample that are held in memory for the map
Labels = NDArray[np.int32]  # (N,) what labels are compared by, -1 where not known


class LabelMismatch(ValueError):
    """A logged label is not the label of the sample it was attributed to."""


class Labelled(NamedTuple):
    """Logged labels.

    Attributes:
        position: (R,) whose they are.
        key: (R,) by what they are compared: class numbers, else fingerprints.
        counts: (R,) bool: not ``IGNORED``.
        gold: (R, ...) the labels themselves (``key`` where they are classes), or None.
        label_of: What row i was logged with.
        rode_of: What rode with row i.
    """

    position: NDArray[np.int64]
    key: Labels
    counts: NDArray[np.bool_]
    gold: NDArray[Any] | None
    label_of: Callable[[int], Any]
    rode_of: Callable[[int], Any]


class Split:
    """The samples of a split and their labels.

    Args:
        name: "train", "validation", ...
        ids: who the samples are; None for a loop that names them as it goes (``guid=``).
        samples: the user's DataFrame of the root dataset, or None.
        expected: task to (N,) by what its labels in ``samples`` are compared; floats as they are.
        root: the root dataset, kept so that another one is recognised.
        named_by: from where the guids come, in words.
    """

    def __init__(
        self,
        name: str,
        ids: Ids | None,
        *,
        samples: Any = None,
        expected: Mapping[str, NDArray[Any]] | None = None,
        root: Any = None,
        named_by: str = "the loop (guid= in log)",
    ) -> None:
        self.name, self.named_by = name, named_by
        self.samples = samples
        self.expected = dict(expected or {})
        self.root = root
        self.label_paths: dict[str, list[Path]] = {}  # where in a batch a task's labels may ride
        self.tasks: dict[str, tuple[str, int]] = {}  # whose first batch was right: kind and width
        self.signals: set[str] = set()  # of the loop's own
        self.is_growing = ids is None
        self._ids = Ids(np.empty(0, np.int64)) if ids is None else ids
        self._row: dict[Any, int] = {}  # of a growing split: guid -> position
        n = len(self._ids)
        self._labels_of: dict[str, Labels] = {}  # of each task
        self._gold: dict[str, NDArray[Any]] = {}  # of tasks whose labels are no class numbers
        self._verified = np.zeros(n, bool)
        self._fraction: float | None = None  # of a growing split that is recorded
        self._chosen: NDArray[np.bool_] | None = None  # what of the others is; None: everything
        self.recorded_choice: str | None = None  # of an earlier session; None: nobody said

    @property
    def ids(self) -> Ids:
        ids = self._ids
        if self.is_growing and len(self._row) > len(ids):
            # Asked by several threads: each gives back what it made.
            self._ids = ids = Ids(np.array(list(self._row), dtype=object))
        return ids

    def gold_of(self, task: str, *, are_classes: bool) -> NDArray[Any]:
        """(N, ...) the gold labels of a task as far as they are known (``unknown_labels``)."""
        n = len(self.ids)
        if are_classes:
            return self.labels_of(task)
        gold = self._gold.get(task)
        return np.full(n, -1, np.int32) if gold is None else _grown(gold, n)[:n]

    def labels_of(self, task: str) -> Labels:
        """(N,) what a task's labels are compared by, -1 where they are not known."""
        n = len(self.ids)
        return _grown(self._labels(task), n)[:n]

    def _labels(self, task: str) -> Labels:
        """Room for a task's label of every sample."""
        labels = self._labels_of.get(task)
        if labels is not None:
            return labels
        expected = self.expected.get(task)
        if expected is not None and expected.dtype.kind == "i":
            return expected.copy()
        return np.full(len(self._verified), -1, np.int32)

    @property
    def has_logged(self) -> bool:
        return bool(self.tasks or self.signals)

    @property
    def n_not_chosen(self) -> int:
        """Samples that are left out on request."""
        return (
            0 if self._chosen is None else len(self.ids) - int(self._chosen[: len(self.ids)].sum())
        )

    def choose(self, only: Only | None) -> None:
        """Record only some of the samples; None: as before.

        Raises:
            ValueError: Others than before, or a mask of a split that is not known beforehand.
        """
        fraction, now = self._fraction, self._chosen
        if only is not None and self.is_growing:
            fraction = checked_fraction(only)
            if fraction is None:
                raise ValueError(
                    f"only= got a mask, but how many samples split {self.name!r} has is not known "
                    "beforehand: give a fraction"
                )
            now = share(list(self._row), fraction)
        elif only is not None:
            now = chosen(only, self._ids, self.name)
        is_begun = self.has_logged or self._chosen is not None
        if is_begun and now is not None:
            is_other = not np.array_equal(self.is_chosen(np.arange(len(now))), now)
        else:
            is_other = self.recorded_choice not in (None, name_of(fraction, now))
        if is_other:
            raise ValueError(
                f"{'only=' if only is not None else 'track without only='} chooses other samples "
                f"of split {self.name!r} than those recorded so far: record another choice as a "
                "new run"
            )
        self._fraction, self._chosen = fraction, now

    @property
    def choice(self) -> str:
        """The samples that are recorded, in a word that no other choice has."""
        return name_of(self._fraction, self._chosen)

    def is_chosen(self, position: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(R,) bool: which of these are recorded."""
        if self._chosen is None:
            return np.ones(len(position), bool)
        return self._chosen[position]

    @property
    def n_verified(self) -> int:
        return int(self._verified.sum())

    def sample_of(self, guid: NDArray[Any]) -> NDArray[np.int64]:
        """(R,) root rows of guids; a growing split takes new guids in.

        Raises:
            ValueError: A guid that the split does not have.
            TypeError: A guid of the other kind than those before.
        """
        if not self.is_growing:
            positions = self._ids.position_of_guid(guid)
            return positions if self._ids.sample is None else self._ids.sample[positions]
        kind = next((type(known) for known in self._row), None)
        if kind is not None and len(guid) and type(guid.tolist()[0]) is not kind:
            raise TypeError(
                f"guid= holds {type(guid.tolist()[0]).__name__}, earlier calls {kind.__name__}: "
                "guids are int or str, one kind a run"
            )
        rows = [self._row.setdefault(one, len(self._row)) for one in guid.tolist()]
        self._verified = _grown(self._verified, len(self._row))
        if self._chosen is not None and self._fraction is not None:
            self._chosen = _grown(self._chosen, len(self._row))
            self._chosen[rows] = share(guid, self._fraction)
        return np.array(rows, dtype=np.int64)

    def position(self, sample: NDArray[np.int64]) -> NDArray[np.int64]:
        """(R,) row on the map of root rows."""
        return sample if self.is_growing else self._ids.position(sample)

    def check_labels(self, task: str, rows: Labelled, rode: NDArray[Any] | None) -> None:
        """Compare logged labels with those that rode with the ids, with ``samples``, with earlier.

        Args:
            task: Which head.
            rows: What was logged.
            rode: (R,) by what the labels that came with the ids are compared, or None.

        Raises:
            LabelMismatch: They differ; the message names the guid and both labels.
        """
        position, key, counts, gold, _, rode_of = rows
        if rode is not None:
            cause = "the loop changed its labels or its order after the loader (sorted, filtered, "
            cause += "relabelled): log guid=recorder.batch_of(gold).guid[...] or the labels as "
            cause += "loaded"
            self._compare(rows, rode, counts, "that came with it in the batch", cause, rode_of)
        expected = self.expected.get(task)
        if expected is not None:
            said = expected[position]
            cause = "row i of samples must describe item i of the dataset"
            self._compare(rows, said, counts, "in samples", cause, said.__getitem__)
        self._labels_of[task] = labels = _grown(self._labels(task), len(self._verified))
        known, noted = labels[position], self._gold.get(task)
        cause = "labels are fixed within a run: record changed labels as a new run. Labels drawn "
        cause += (
            "anew in each epoch (masking, mixup) have no gold: recorder.evaluate(model, loader)"
        )
        before = None if noted is None else lambda i: noted[position[i]].tolist()
        seen = counts & (known >= 0)
        self._compare(rows, known, seen, "logged for it earlier", cause, before)
        labels[position[counts]] = key[counts]
        try:  # one sample twice among these rows
            self._compare(rows, labels[position], counts, "beside it", cause)
        except LabelMismatch:
            labels[position] = known
            raise
        is_small = gold is not None and gold.size <= MOST_FLAGS * len(gold)
        if gold is not None and gold is not key and is_small:
            self._note_gold(task, position[counts], gold[counts])

    def _note_gold(self, task: str, position: NDArray[np.int64], gold: NDArray[Any]) -> None:
        n = len(self._verified)
        known = self._gold.get(task)
        known = unknown_labels(n, gold) if known is None else _grown(known, n)
        known[position] = gold
        self._gold[task] = known

    def _compare(
        self,
        rows: Labelled,
        other: NDArray[Any],
        where: NDArray[np.bool_],
        whose: str,
        cause: str,
        label_of: Callable[[int], Any] | None = None,
    ) -> None:
        wrong = np.flatnonzero(where & _differ(rows, other))
        if not len(wrong):
            return
        i = int(wrong[0])
        if rows.gold is rows.key:
            label_of = other.__getitem__
        difference = (
            f"but the label {whose} is {label_of(i)}"
            if label_of
            else f"which is not the one {whose}"
        )
        guid = self.ids.guid[rows.position].tolist()[i]
        raise LabelMismatch(
            f"sample {guid!r} of split {self.name!r} was logged with label {rows.label_of(i)}, "
            f"{difference} ({len(wrong)} of {len(rows.key)} rows differ). These rows are set "
            f"aside. Likely cause: {cause}"
        )

    def verify(self, position: NDArray[np.int64]) -> None:
        """Note that these samples' labels were compared and could have told batches apart."""
        self._verified[position] = True

    def known_from(self, task: str, labels: Labels, gold: NDArray[Any]) -> None:
        """Take over the labels of a task that an earlier session recorded."""
        known = _grown(self._labels(task), len(labels))
        known[: len(labels)] = np.where(labels >= 0, labels, known[: len(labels)])
        self._labels_of[task] = known
        if gold is not labels:
            self._gold[task] = gold.copy()


def _differ(rows: Labelled, other: NDArray[Any]) -> NDArray[np.bool_]:
    """(R,) bool: is it another label? Numbers in a table may have been rounded on their way."""
    if other.dtype.kind == "f" and rows.gold is not None:
        differ: NDArray[np.bool_] = ~np.isclose(rows.gold, other, rtol=1e-5, atol=1e-7)
    else:
        differ = rows.key != other
    return differ


def _grown(values: NDArray[Any], n: int) -> NDArray[Any]:
    """Room for n samples at least; it doubles, so that growing costs O(1) a sample."""
    room = len(values)
    if n <= room:
        return values
    return np.concatenate([values, unknown_labels(max(n, 2 * room) - room, values)])


def tells_apart(labels: Sequence[NDArray[Any]], before: NDArray[Any] | None) -> list[bool]:
    """Which batches' labels differ from their predecessor's, so that a mix-up would show."""
    previous = [before, *labels[:-1]]
    return [
        bool((now != now[:1]).any()) if then is None else now.tobytes() != then.tobytes()
        for now, then in zip(labels, previous, strict=True)
    ]
