"""A sample's number does not depend on which samples are computed beside it: not a bit of it."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

from carto_widget.metrics import class_probabilities, evaluation
from carto_widget.metrics.registry import built_in_names, metric_named
from carto_widget.metrics.table import supported, values
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.signals import from_logits

N, C = 61, 17  # more classes than NumPy adds in their order when they lie side by side
BY_SAMPLE = [name for name in built_in_names() if metric_named(name).scope == "sample"]


def logits(n_epochs: int, missing: float) -> np.ndarray[Any, Any]:
    """Some constant, some tied, some with a class ruled out; sample 3 never seen."""
    rng = np.random.default_rng(n_epochs)
    z = rng.normal(0, 4, (n_epochs, N, C)).astype(np.float32)
    z[:, 5:9] = z[:1, 5:9]
    z[:, 9:12] = np.round(z[:, 9:12])
    z[0, 12, 4] = -np.inf
    z[rng.random((n_epochs, N)) < missing] = np.nan
    z[:, 3] = np.nan
    return z


def dynamics(z: np.ndarray[Any, Any]) -> TrainingDynamics:
    """With the signals of every task."""
    norm = np.where(np.isnan(z[..., 0]), np.nan, np.abs(z[..., 1]))
    return TrainingDynamics.from_arrays(
        gold=np.arange(N) % C,
        logits=z,
        error=z[..., 0] - z[..., 1],
        share_right=norm % 1,
        lowest_probability=norm % 1,
        feature_norm=norm,
        second_split_correct=np.where(np.isnan(norm), np.nan, norm > 1),
        learning_rate=np.where(np.isnan(norm), np.nan, 0.1),
    )


def bits(found: np.ndarray[Any, Any]) -> list[Any]:
    return [found.dtype, np.where(np.isnan(found), np.nan, found).tobytes()]


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("n_epochs", [1, 2, 11, 30])
def test_blocks_of_any_width_give_the_same_bits(
    n_epochs: int, missing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dynamics(logits(n_epochs, missing))
    names = [name for name in BY_SAMPLE if name in supported(made.signals)]
    assert len(names) >= len(BY_SAMPLE) - 2
    whole = values(made, names)
    for width in (1, 2, 7, 8, 16, N - 1):
        monkeypatch.setattr(evaluation, "BLOCK", width)
        monkeypatch.setattr(class_probabilities, "BLOCK", width)
        found = values(made, names)
        for name in names:
            assert bits(found[name]) == bits(whole[name]), (name, width)


@pytest.mark.parametrize("name", ["prediction", "is_correct", "gold_probability"])
def test_a_signal_of_one_sample_alone_has_the_bits_it_has_among_all(name: str) -> None:
    z = logits(9, 0.3)
    whole = dynamics(z).signals[name]
    for i in range(N):
        alone = TrainingDynamics.from_arrays(gold=[i % C], logits=z[:, [i]])
        assert bits(alone.signals[name][:, 0]) == bits(whole[:, i])


def test_logits_of_one_row_alone_give_the_bits_they_give_among_all() -> None:
    z, gold = logits(1, 0.1)[0], np.arange(N) % C
    whole = from_logits(z, gold)
    for i in range(N):
        alone = from_logits(z[[i]], gold[[i]])
        assert all(bits(alone[name]) == bits(whole[name][[i]]) for name in whole)


def test_signals_are_let_go_at_once() -> None:
    made = dynamics(logits(3, 0.1))
    gc.collect()
    gc.disable()
    try:
        before = n_held()
        values(made, ["variability", "aum"])
        assert n_held() <= before
    finally:
        gc.enable()


def n_held() -> int:
    """How many there are, also those of maps that an earlier test has left."""
    return sum(type(one) is evaluation.Samples for one in gc.get_objects())
