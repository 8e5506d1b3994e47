"""Metrics of arrays in memory; those of one sample alone in blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carto_widget.kernels.metrics import Kernel, kernels
from carto_widget.metrics.class_probabilities import BY_SAMPLE
from carto_widget.metrics.registry import Metric, metric_named
from carto_widget.store.signals import derivation, signal_names

BLOCK = 16_384  # samples; of thirty epochs a signal is then 2 MB
_OF_ALL = ("epochs", "n_classes")  # the same for every block

Arrays = Mapping[str, NDArray[Any]]


def evaluated(
    wanted: Iterable[Metric], arrays: Arrays, stored: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Metric name -> `(N,)`, of these metrics.

    A metric of scope "sample" is computed block by block, with the signals that it asks for, so
    that neither they nor what a formula makes in between is ever there for all samples at once.

    Args:
        wanted: the metrics.
        arrays: `gold` (N, ...) and `epochs` (E,), stored signals `(E, N)` and intermediates that
            the metrics need, and metrics `(N,)` that are known already.
        stored: names of all stored signals; the others are derived from them.

    Raises:
        ValueError: a metric that gave another shape than `(N,)`.
        RuntimeError: a metric that failed, from its error.
    """
    wanted = list(wanted)
    whole = Samples(arrays, stored, kernels(len(arrays["gold"])))
    by_sample = _by_sample(wanted, whole)
    for name in [name for name in by_sample if whole.has_kernel(name)]:
        whole.metric(by_sample.pop(name))
    blocks: dict[str, list[NDArray[Any]]] = {name: [] for name in by_sample}
    for start in range(0, max(whole.n, 1), BLOCK) if by_sample else ():
        block = whole.take(slice(start, start + BLOCK))
        for name, one in by_sample.items():
            blocks[name].append(block.metric(one))
    for name in by_sample:
        whole.add(name, np.concatenate(blocks.pop(name)))
    return {one.name: whole.metric(one) for one in wanted}


class Samples:
    """What is known of some samples, by name; the rest is derived when it is asked for.

    Args:
        arrays: as in `evaluated`.
        stored: names of all stored signals.
        kernels: metric -> compiled loops that give it.
    """

    def __init__(
        self, arrays: Arrays, stored: Sequence[str], kernels: Mapping[str, Kernel]
    ) -> None:
        self.n = len(arrays["gold"])
        self._kernels = kernels
        self._arrays = dict(arrays)
        self._stored = tuple(stored)
        self._signals = frozenset(signal_names(self._stored))

    def __contains__(self, name: str) -> bool:
        return name in self._arrays or name in self._signals

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A signal, an intermediate or a metric."""
        if name in self._arrays:
            return self._arrays[name]
        if name not in self._signals:
            return self.metric(metric_named(name))
        sources, formula = derivation(name, self._stored)
        if formula is None:
            raise KeyError(name)
        found = formula({source: self[source] for source in sources})
        self._arrays[name] = found.astype(np.float32, copy=False)
        return self._arrays[name]

    def metric(self, one: Metric) -> NDArray[Any]:
        """(N,) of a metric, and of those that it asks for before it."""
        if one.name not in self._arrays and one.name in self._kernels:
            self._arrays |= self._kernels[one.name](self)
        if one.name not in self._arrays:
            inputs = {need: self[need] for need in one.needs}
            self._arrays[one.name] = _called(one, inputs, self.n)
        return self._arrays[one.name]

    def has_kernel(self, name: str) -> bool:
        """Whether compiled loops give this metric from arrays that are there, as they lie."""
        kernel = self._kernels.get(name)
        return kernel is not None and all(
            need in self._arrays and self._arrays[need].flags.c_contiguous for need in kernel.needs
        )

    def add(self, name: str, values: NDArray[Any]) -> None:
        """A metric (N,) that is known now."""
        self._arrays[name] = values

    def take(self, where: slice) -> Samples:
        """What is known of successive samples, close together in memory."""
        arrays = {name: _cut(name, array, where) for name, array in self._arrays.items()}
        return Samples(arrays, self._stored, self._kernels)


def _by_sample(wanted: Iterable[Metric], known: Samples) -> dict[str, Metric]:
    """The metrics that can be computed block by block, those that others ask for among them."""
    found: dict[str, Metric] = {}
    for one in wanted:
        if one.name not in known:
            _is_by_sample(one, known, found)
    return found


def _is_by_sample(one: Metric, known: Samples, found: dict[str, Metric]) -> bool:
    """Whether a metric can be computed block by block; those that can are added to `found`."""
    others = [metric_named(need) for need in one.needs if need not in known]
    may = [_is_by_sample(other, known, found) for other in others]
    if one.scope == "sample" and all(may):
        found[one.name] = one
    return one.name in found


def _cut(name: str, array: NDArray[Any], where: slice) -> NDArray[Any]:
    if name in _OF_ALL:
        return array
    if array.ndim == 1 or name in ("gold", *BY_SAMPLE):
        return array[where]
    return np.ascontiguousarray(array[:, where])


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, which others ask for too: whoever would change them is told."""
    view = array.view()
    view.flags.writeable = False
    return view


def _called(one: Metric, inputs: dict[str, NDArray[Any]], n: int) -> NDArray[Any]:
    if not one.built_in:
        inputs = {name: _read_only(array) for name, array in inputs.items()}
    try:
        result = np.asarray(one.function(**inputs))
    except Exception as error:
        raise RuntimeError(
            f"metric {one.name!r} failed: {type(error).__name__}: {error}"
        ) from error
    if result.shape != (n,) or result.dtype.kind not in "fiub":
        raise ValueError(
            f"metric {one.name!r} gave {result.dtype} of shape {result.shape}, expected one "
            f"number a sample: ({n},)"
        )
    return result if one.built_in else result.copy()  # no view of what it was given
