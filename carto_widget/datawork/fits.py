"""The fits of a trial: each once, kept as it ends, gone on with after a kill."""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carto_widget.datawork.comparison import listed
from carto_widget.store.places.durable import append_line, make_folder

Labels = NDArray[np.int64]


class Key(NamedTuple):
    """Which fit: on which data ("before" or "after"), from which seed."""

    data: str
    seed: int


@dataclass(frozen=True)
class Fitted:
    """What became of one fit.

    Attributes:
        key: Which it is.
        labels: (M,) classes said of the test samples, -1 for one that no test sample has; None
            where it failed.
        seconds: It took.
        error: Why it failed.
    """

    key: Key
    labels: Labels | None
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Job:
    """What every process of a trial needs; n is the number of test inputs."""

    fit: Callable[[Any, int], Any]
    data: dict[str, Any]
    inputs: Any
    n: int
    classes: Sequence[Any]
    columns: Sequence[Any] | None

    def run(self, key: Key) -> Fitted:
        """One fit and its answers to the test; its errors are caught and named."""
        start = time.perf_counter()
        try:
            predictor = self.fit(self.data[key.data], key.seed)
            predict = getattr(predictor, "predict", predictor)
            labels = answered(predict(self.inputs), self.n, self.classes, self.columns)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            return Fitted(key, None, time.perf_counter() - start, text)
        return Fitted(key, labels, time.perf_counter() - start)


def answered(said: Any, n: int, classes: Sequence[Any], columns: Sequence[Any] | None) -> Labels:
    """(M,) places in `classes`, -1 for none of them, of a predictor's answers to M test inputs.

    Args:
        said: labels (M,), or probabilities or logits (M, C) whose largest counts.
        n: M.
        classes: the labels that there are.
        columns: which label each of the C columns is; None: column c is label c.

    Raises:
        ValueError: another shape, NaN, or answers that cannot be such labels.
    """
    values = np.asarray(said.detach().cpu() if hasattr(said, "detach") else said)
    if values.ndim not in (1, 2) or len(values) != n or values.shape[1:] == (1,):
        raise ValueError(
            f"the predictor gave an array of shape {values.shape} for {n:,} test inputs; expected "
            f"labels ({n},), or a number for each class ({n}, C)"
        )
    n_unknown = int(pd.isna(values).reshape(n, -1).any(axis=1).sum())
    if n_unknown:
        raise ValueError(f"the predictor gave NaN for {n_unknown:,} of {n:,} test inputs")
    if values.ndim == 2:
        names = _columns(values.shape[1], classes, columns)
        values = np.array(names, object)[values.argmax(axis=1)]
    answers = values.tolist()
    is_share = values.dtype.kind == "f" and bool((values % 1 != 0).any())
    if are_apart(answers, classes) or (is_share and not any(map(_is_share, classes))):
        raise ValueError(
            f"the predictor answers {listed(map(repr, dict.fromkeys(answers)))}, the labels are "
            f"{listed(map(repr, classes))}; expected labels of the test set, or numbers "
            "(M, C) with label_names= for their columns"
        )
    return coded(answers, classes)


def are_apart(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Are all of some texts and none of the others, or the other way round?"""
    return {isinstance(one, str) for one in some}.isdisjoint(isinstance(one, str) for one in others)


def _is_share(label: Any) -> bool:
    """Is it a number between two whole ones?"""
    return isinstance(label, float) and label % 1 != 0


def _columns(n: int, classes: Sequence[Any], columns: Sequence[Any] | None) -> list[Any]:
    """Which label each of n columns is."""
    if columns is not None and len(columns) != n:
        raise ValueError(f"the predictor gave {n} columns, label_names has {len(columns)}")
    are_numbers = not any(isinstance(one, str) for one in classes)
    if columns is None and are_numbers and min(classes) >= 1 and max(classes) == n:
        raise ValueError(
            f"the predictor gave {n} columns, and labels go up to {n} without a 0: say which "
            f"label each column is, label_names={list(classes)}"
        )
    return list(range(n)) if columns is None else list(columns)


def coded(labels: Sequence[Any], classes: Sequence[Any]) -> Labels:
    """(M,) places of labels in `classes`, -1 for none of them."""
    place = {label: i for i, label in enumerate(classes)}
    return np.array([place.get(label, -1) for label in labels], np.int64)


class Kept:
    """Finished fits in a file of JSON lines, by the fingerprint of their data and their seed.

    The file belongs to one function and one test set; the same data is never fitted twice on it.

    Args:
        path: of the file; None: nothing is kept.
        test: fingerprints of what all fits share.
        data: fingerprint of each data set by its name in the trial.

    Raises:
        ValueError: the file is that of another trial.
    """

    def __init__(self, path: Path | None, test: dict[str, str], data: dict[str, str]) -> None:
        self._path, self._data = path, data
        self._lines: list[dict[str, Any]] = []
        if path is None:
            return
        if path.exists():
            self._lines = [*_objects(path.read_bytes())]
            _require_same(path, self._lines, test)
        if not self._lines:
            make_folder(path.parent)
            append_line(path, json.dumps({"trial": 1, **test}).encode())

    def found(self, keys: Iterable[Key]) -> dict[Key, Fitted]:
        """Those that are there already."""
        known = {(line.get("data"), line.get("seed")): line for line in self._lines}
        there = {key: known.get((self._data.get(key.data), key.seed)) for key in keys}
        return {
            key: Fitted(key, np.array(line["labels"], np.int64), float(line["seconds"]))
            for key, line in there.items()
            if line is not None
        }

    def keep(self, one: Fitted) -> None:
        """Put a fit on disk; one that failed is tried again next time."""
        if self._path is None or one.labels is None:
            return
        line = {
            "data": self._data[one.key.data],
            "is": one.key.data,
            "seed": one.key.seed,
            "seconds": round(one.seconds, 3),
            "labels": one.labels.tolist(),
        }
        append_line(self._path, json.dumps(line).encode())


def _objects(text: bytes) -> Iterator[dict[str, Any]]:
    """The lines that are whole; a killed writer may have left half of one."""
    for line in text.split(b"\n"):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and ("trial" in found or isinstance(found.get("labels"), list)):
            yield found


def _require_same(path: Path, lines: list[dict[str, Any]], test: dict[str, str]) -> None:
    header = lines[0] if lines else {}
    if lines and "trial" not in header:
        raise ValueError(f"{path} is no file of a trial; give another path=")
    other = [name for name in test if lines and header.get(name) != test[name]]
    if other:
        raise ValueError(
            f"{path} belongs to a trial with another {' and another '.join(other)}; its fits "
            "cannot be compared with these. Give another path="
        )


def run_all(job: Job, keys: Sequence[Key], processes: int | None) -> Iterator[Fitted]:
    """The fits, as they end: one after the other here, or in so many spawned processes.

    Raises:
        ValueError: a function that other processes cannot import.
        RuntimeError: a process died.
    """
    if processes is None:
        yield from map(job.run, keys)
        return
    _require_importable(job.fit)
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _receive, (job,))
    try:
        for done in as_completed([pool.submit(_run, key) for key in keys]):
            yield done.result()
    except BrokenProcessPool as error:
        raise RuntimeError(
            "trial: a process died (killed, out of memory, or a script without "
            "`if __name__ == '__main__':`). With path= what was finished is kept, and the same "
            "call goes on"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_job: list[Job] = []  # of this process, sent once


def _receive(job: Job) -> None:
    _job[:] = [job]


def _run(key: Key) -> Fitted:
    return _job[0].run(key)


def _require_importable(fit: Any) -> None:
    main = sys.modules["__main__"]
    is_of_notebook = getattr(fit, "__module__", "") == "__main__" and not hasattr(main, "__file__")
    try:
        pickle.dumps(fit)
    except Exception:
        is_of_notebook = True
    if is_of_notebook:
        raise ValueError(
            "trial(processes=...): other processes cannot import fit; put it as a function into a "
            ".py file and import it from there, or leave processes= away"
        )
