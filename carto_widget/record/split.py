"""What a recorder knows of one split: its samples, their labels, and whether both are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.record.batches import Path
from carto_widget.record.signals import IGNORED
from carto_widget.store.ids import Ids

Labels = NDArray[np.int32]  # (N,), -1 where not known


class LabelMismatch(ValueError):
    """A logged label is not the label of the sample it was attributed to."""


class Split:
    """The samples of a split and their labels.

    Args:
        name: "train", "validation", ...
        ids: who the samples are; None for a loop that names them as it goes (``guid=``).
        samples: the user's DataFrame of the root dataset, or None.
        expected: (N,) labels in ``samples``, -1 where not known, or None.
        root: the root dataset, kept so that another one is recognised.
    """

    def __init__(
        self,
        name: str,
        ids: Ids | None,
        *,
        samples: Any = None,
        expected: Labels | None = None,
        root: Any = None,
    ) -> None:
        self.name = name
        self.samples = samples
        self.expected = expected
        self.root = root
        self.label_paths: dict[str, list[Path]] = {}  # where in a batch a task's labels may ride
        self.defers = True  # until a loop is seen to change its logits after log
        self.tasks: dict[str, int] = {}  # whose first batch was right: number of classes
        self.is_growing = ids is None
        self._ids = Ids(np.empty(0, np.int64)) if ids is None else ids
        self._row: dict[Any, int] = {}  # of a growing split: guid -> position
        n = len(self._ids)
        self._gold: dict[str, Labels] = {}  # of each task
        self._verified = np.zeros(n, bool)

    @property
    def ids(self) -> Ids:
        ids = self._ids
        if self.is_growing and len(self._row) > len(ids):
            # Asked by several threads: each gives back what it made.
            self._ids = ids = Ids(np.array(list(self._row), dtype=object))
        return ids

    def gold_of(self, task: str) -> Labels:
        """(N,) the labels of a task as far as they are known, else -1."""
        n = len(self.ids)
        return _grown(self._labels(task), n, -1)[:n]

    def _labels(self, task: str) -> Labels:
        """Room for a task's label of every sample."""
        labels = self._gold.get(task)
        if labels is not None:
            return labels
        if self.expected is not None and self._is_expected(task):
            return self.expected.copy()
        return np.full(len(self._verified), -1, np.int32)

    def _is_expected(self, task: str) -> bool:
        """Does ``samples`` hold this task's labels? Another head may bring labels of its own."""
        return task == "main" or not self.label_paths.get(task)

    @property
    def has_logged(self) -> bool:
        return bool(self.tasks)

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
        self._verified = _grown(self._verified, len(self._row), False)
        return np.array(rows, dtype=np.int64)

    def position(self, sample: NDArray[np.int64]) -> NDArray[np.int64]:
        """(R,) row on the map of root rows."""
        return sample if self.is_growing else self._ids.position(sample)

    def check_labels(
        self, task: str, position: NDArray[np.int64], gold: Labels, rode: NDArray[np.int64] | None
    ) -> None:
        """Compare logged labels with those that rode with the ids, with ``samples``, with earlier.

        Raises:
            LabelMismatch: They differ; the message names the guid and both labels.
        """
        counts = gold != IGNORED
        cause = "the loop changed its labels or its order after the loader (sorted, filtered, "
        cause += "relabelled): log guid=recorder.batch_of(gold).guid[...] or the labels as loaded"
        if rode is not None:
            self._compare(position, gold, rode, counts, "that came with it in the batch", cause)
        if self.expected is not None and self._is_expected(task):
            expected = self.expected[position]
            cause = "row i of samples must describe item i of the dataset"
            self._compare(position, gold, expected, counts, "in samples", cause)
        self._gold[task] = labels = _grown(self._labels(task), len(self._verified), -1)
        known = labels[position]
        cause = "labels are fixed within a run: record changed labels as a new run"
        seen = counts & (known >= 0)
        self._compare(position, gold, known, seen, "logged for it earlier", cause)
        labels[position[counts]] = gold[counts]
        try:  # one sample twice among these rows
            self._compare(position, gold, labels[position], counts, "beside it", cause)
        except LabelMismatch:
            labels[position] = known
            raise

    def _compare(
        self,
        position: NDArray[np.int64],
        gold: Labels,
        other: NDArray[Any],
        counts: NDArray[np.bool_],
        whose: str,
        cause: str,
    ) -> None:
        wrong = np.flatnonzero(counts & (gold != other))
        if len(wrong):
            i = wrong[0]
            raise LabelMismatch(
                f"sample {self.ids.guid[position].tolist()[i]!r} of split {self.name!r} was logged "
                f"with label {gold[i]}, but the label {whose} is {other[i]} ({len(wrong)} of "
                f"{len(gold)} rows differ). These rows are set aside. Likely cause: {cause}"
            )

    def verify(self, position: NDArray[np.int64]) -> None:
        """Note that these samples' labels were compared and could have told batches apart."""
        self._verified[position] = True

    def known_from(self, task: str, gold: Labels) -> None:
        """Take over the labels of a task that an earlier session recorded."""
        labels = _grown(self._labels(task), len(gold), -1)
        labels[: len(gold)] = np.where(gold >= 0, gold, labels[: len(gold)])
        self._gold[task] = labels


def _grown(values: NDArray[Any], n: int, fill: int) -> NDArray[Any]:
    """Room for n samples at least; it doubles, so that growing costs O(1) a sample."""
    room = len(values)
    more = np.full(max(n, 2 * room) - room if n > room else 0, fill, values.dtype)
    return np.append(values, more) if len(more) else values


def tells_apart(labels: Sequence[NDArray[Any]], before: NDArray[Any] | None) -> list[bool]:
    """Which batches' labels differ from their predecessor's, so that a mix-up would show."""
    previous = [before, *labels[:-1]]
    return [
        bool((now != now[:1]).any()) if then is None else not np.array_equal(now, then)
        for now, then in zip(labels, previous, strict=True)
    ]
