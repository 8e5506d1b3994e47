"""Does the changed data help? The model and the test set stay, only the training data changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.datawork.comparison import listed
from carto_widget.datawork.fingerprints import fingerprint
from carto_widget.datawork.fits import Fitted, Job, Kept, Key, are_apart, coded, run_all
from carto_widget.datawork.trial_result import Trial

Fit = Callable[[Any, int], Any]


def trial(
    fit: Fit,
    before: Any,
    after: Any,
    test: tuple[Any, Any],
    *,
    seeds: int | Iterable[int] = 5,
    label_names: Sequence[Any] | None = None,
    test_after: Any = None,
    test_ledger: Any = None,
    path: str | os.PathLike[str] | None = None,
    processes: int | None = None,
    level: float = 0.95,
    progress: Callable[[str], object] | None = print,
) -> Trial:
    """Whether a model is better for a change of its training data, and whether that can be told.

    The rule of DataPerf (Mazumder et al. 2023): model and test set are fixed, only the data
    changes. Each seed gives one fit on each data, and the difference is taken within the seed. Two
    intervals answer two questions: Student's over the seeds (would other seeds say the same?) and
    Bonett and Price's over the test samples (would other test samples?). "better" or "worse" is
    claimed only where both lie on one side of 0.

    Args:
        fit: `fit(data, seed)` trains and gives a predictor: a function of the test inputs, or
            something with `predict`. Its answers are labels (M,), or a number for each class
            (M, C), of which the largest counts. Everything random in it must follow from `seed`.
        before: the training data, whatever `fit` takes.
        after: the changed training data.
        test: `(inputs, labels)`: what the predictor is given, and the labels (M,) that count as
            the truth; judged by people, and not by the model.
        seeds: how many (0, 1, ...), or which.
        label_names: which label each of the C columns of the answers is; without it column c is
            label c.
        test_after: (M,) the labels of the same test samples after edits, None where a sample is
            left out. They are reported apart: the claim is about `test`.
        test_ledger: instead: a ledger of the test set, whose edits are applied as `Ledger.apply`
            does, samples of which a reviewer is unsure left out; labels are then a Series indexed
            by guid.
        path: a file of JSON lines, where each fit is kept as it ends: the same call goes on after
            an interruption, more seeds or another `after` do only what is new.
        processes: so many spawned processes fit at a time; `fit` is imported there.
        level: of the intervals.
        progress: is told a line after each fit; None for silence.

    Raises:
        ValueError: a test set without labels or of unequal lengths, `label_names` of another kind,
            a `test_ledger` that does not fit it, no seeds, a `path` of another trial, a `fit` that
            other processes cannot import.
        RuntimeError: no seed has both fits, as the first error says.

    An error in a single fit is kept, named in the result, and its seed left out.
    """
    if not 0 < level < 1:
        raise ValueError(f"trial: level={level!r}; expected a share between 0 and 1, as 0.95")
    inputs, labels = test
    chosen = _seeds(seeds)
    edited = _edited(labels, test_after, test_ledger)
    classes = _classes(labels, edited, label_names)
    truth = _truth(labels, classes, inputs)
    truth_after = None if edited is None else coded(edited, classes)
    if truth_after is not None and (truth_after < 0).all():
        raise ValueError(f"trial: all {len(truth):,} test samples are left out; expected some")
    job = Job(fit, {"before": before, "after": after}, inputs, len(truth), classes, label_names)
    keys = [Key(data, seed) for seed in chosen for data in job.data]
    fits = _all_fits(job, keys, path, processes, progress, truth)
    made = Trial(fits, truth, truth_after, classes, level)
    if not made.pairs:
        raise RuntimeError(f"trial: no seed has both fits; {'; '.join(made.errors[:3])}")
    return made


def _all_fits(
    job: Job,
    keys: list[Key],
    path: str | os.PathLike[str] | None,
    processes: int | None,
    progress: Callable[[str], object] | None,
    truth: NDArray[np.int64],
) -> list[Fitted]:
    """Those that are kept already and those that are missing, in the keys' order."""
    kept = _kept(job, path, truth)
    found = kept.found(keys)
    if found and progress:
        progress(f"{len(found):,} of {len(keys):,} fits are on record")
    start, n_before = time.monotonic(), len(found)
    for one in run_all(job, [key for key in keys if key not in found], processes):
        kept.keep(one)
        found[one.key] = one
        if progress:
            each = (time.monotonic() - start) / (len(found) - n_before)
            progress(_line(one, len(found), len(keys), each * (len(keys) - len(found)), truth))
    return [found[key] for key in keys]


def _kept(job: Job, path: str | os.PathLike[str] | None, truth: NDArray[np.int64]) -> Kept:
    if path is None:
        return Kept(None, {}, {})
    shared = {"model": fingerprint((job.fit, job.columns)), "test set": fingerprint(
        (job.inputs, truth, [str(name) for name in job.classes])
    )}  # fmt: skip
    return Kept(Path(path), shared, {name: fingerprint(data) for name, data in job.data.items()})


def _line(one: Fitted, n: int, of: int, left: float, truth: NDArray[np.int64]) -> str:
    if one.labels is None:
        became = f"failed: {one.error}"
    else:
        became = f"{np.mean(one.labels[truth >= 0] == truth[truth >= 0]):.1%} right"
    more = f"; about {left:.0f} s left" if n < of else ""
    return f"{n:,} of {of:,} fits: {one.key.data}, seed {one.key.seed}, {became}{more}"


def _seeds(seeds: int | Iterable[int]) -> list[int]:
    chosen = list(range(seeds)) if isinstance(seeds, int) else [int(seed) for seed in seeds]
    if not chosen or len({*chosen}) < len(chosen):
        raise ValueError(f"trial: seeds={seeds}; expected one or more, each once")
    return chosen


def _edited(labels: Any, test_after: Any, test_ledger: Any) -> Any:
    """(M,) objects, None where a sample is left out; None where the test set was not edited."""
    if test_ledger is not None:
        is_named = isinstance(labels, pd.Series) and labels.index.is_unique
        if test_after is not None or not is_named:
            raise ValueError(
                "trial: test_ledger= wants the labels of test as a Series indexed by guid, each "
                "once, and no test_after="
            )
        return _decided(labels, test_ledger)
    if test_after is None:
        return None
    edited = np.array([None if pd.isna(label) else label for label in test_after], object)
    if len(edited) != len(labels):
        raise ValueError(
            f"trial: test_after has {len(edited):,} labels, test {len(labels):,}; expected one a "
            "test sample, None for those left out"
        )
    return edited


def _decided(labels: pd.Series[Any], ledger: Any) -> Any:
    """The labels with what people decided: relabelled, or left out where dropped or unsure."""
    applied = ledger.apply(labels.to_frame("gold"), gold="gold", unsure="drop")["gold"]
    edited = applied.astype(object).reindex(labels.index)
    return edited.where(edited.notna(), None).to_numpy(object)


def _classes(labels: Any, edited: Any, label_names: Sequence[Any] | None) -> list[Any]:
    """Every label that there is, those of the columns first."""
    every = [*np.asarray(labels).tolist(), *([] if edited is None else edited.tolist())]
    there_is = {label for label in every if not pd.isna(label)}
    named = list(label_names or [])
    if named and there_is and are_apart(named, there_is):
        raise ValueError(
            f"trial: label_names are {listed(map(repr, named))}, the labels of test "
            f"{listed(map(repr, there_is))}; expected names for both, or numbers"
        )
    return named + sorted(there_is - {*named}, key=lambda one: (str(type(one)), one))


def _truth(labels: Any, classes: list[Any], inputs: Any) -> NDArray[np.int64]:
    truth = coded(np.asarray(labels).tolist(), classes)
    n = inputs.shape[0] if hasattr(inputs, "shape") else len(inputs)
    if not len(truth) or n != len(truth):
        raise ValueError(
            f"trial: test has {n:,} inputs and {len(truth):,} labels; expected as many of both, "
            "and some"
        )
    if (truth < 0).all():
        raise ValueError(f"trial: none of {n:,} test samples has a label; expected some")
    return truth
