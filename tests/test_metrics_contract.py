"""What holds for every metric there is, one that is added tomorrow included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carto_widget.metrics import evaluation
from carto_widget.metrics.registry import (
    CONSTANTS,
    LOGGED,
    SIGNALS,
    built_in_names,
    metric_named,
    signals_needed,
)
from carto_widget.metrics.running import RunningState, has_running_form, running_state
from carto_widget.metrics.table import values
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows

EVERY = built_in_names()
MAY_BE_MISSING = ("first_learned", "confident_label", "second_split_forgetting")
"""Of a sample that was observed."""
LIVE = [name for name in EVERY if has_running_form(name)]
N, C = 40, 4


def logits(n_epochs: int, n: int = N, seed: int = 0) -> np.ndarray[Any, Any]:
    """Some samples easy, some hard, some always the same."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n_epochs, n, C))
    z[:, ::5] += np.arange(C) * 3
    z[:, 1::7] = z[:1, 1::7]
    return z


def with_gaps(z: np.ndarray[Any, Any], seed: int = 1) -> np.ndarray[Any, Any]:
    """A third of the observations gone; sample 3 never seen, sample 4 seen once."""
    gone = np.random.default_rng(seed).random(z.shape[:2]) < 1 / 3
    gone[:, 3:5] = True
    gone[0, 4] = False
    z = z.copy()
    z[gone] = np.nan
    return z


def dynamics(z: np.ndarray[Any, Any], gold: np.ndarray[Any, Any] | None = None) -> TrainingDynamics:
    """With the signals of every task."""
    p = np.exp(z - z.max(-1, keepdims=True, initial=-np.inf))
    p /= p.sum(-1, keepdims=True)
    right = np.where(np.isnan(z[..., 0]), np.nan, (p > 0.2).mean(-1))
    return TrainingDynamics.from_arrays(
        gold=np.arange(z.shape[1]) % C if gold is None else gold,
        logits=z,
        error=np.round(z[..., 0] - z[..., 1], 3),
        share_right=right,
        lowest_probability=p.min(-1, initial=1),
        feature_norm=np.abs(z[..., 0] - z[..., 2]),
        learning_rate=np.where(np.isnan(z[..., 0]), np.nan, 0.1),
        second_split_correct=np.where(np.isnan(z[..., 0]), np.nan, z[..., 1] > z[..., 2]),
    )


def of(name: str, z: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return values(dynamics(z), [name])[name]


@pytest.mark.parametrize("name", EVERY)
def test_it_gives_one_number_a_sample(name: str) -> None:
    for n_epochs in (1, 2, 9):
        found = of(name, logits(n_epochs))
        assert found.shape == (N,)
        assert found.dtype.kind == "f"
        if name not in MAY_BE_MISSING and n_epochs >= metric_named(name).defined_from:
            assert np.isfinite(found).all()


@pytest.mark.parametrize("name", EVERY)
def test_it_takes_a_batch_of_one_and_none(name: str) -> None:
    z = with_gaps(logits(6))
    assert of(name, z[:, :1]).shape == (1,)
    assert of(name, z[:, :0]).shape == (0,)


@pytest.mark.parametrize("name", EVERY)
def test_a_sample_never_observed_is_missing(name: str) -> None:
    found = of(name, with_gaps(logits(6)))
    if metric_named(name).defined_from == 0:
        assert found[3] == 0
    else:
        assert np.isnan(found[3])


@pytest.mark.parametrize("name", EVERY)
def test_samples_that_are_missing_here_and_there_leave_the_others_alone(name: str) -> None:
    z = logits(6)
    holed = z.copy()
    holed[2, 7] = np.nan
    if metric_named(name).scope == "sample":
        others = np.arange(N) != 7
        np.testing.assert_array_equal(of(name, z)[others], of(name, holed)[others])


@pytest.mark.parametrize("name", EVERY)
def test_a_missing_epoch_counts_as_if_it_were_not_there(name: str) -> None:
    z = with_gaps(logits(6))
    longer = np.insert(z, 6, np.nan, axis=0)
    np.testing.assert_array_equal(of(name, z), of(name, longer))


@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_samples_does_not_matter(name: str) -> None:
    z = with_gaps(logits(6))
    order = np.random.default_rng(2).permutation(N)
    shuffled = dynamics(z[:, order], (np.arange(N) % C)[order])
    np.testing.assert_array_equal(of(name, z)[order], values(shuffled, [name])[name])


@pytest.mark.parametrize("name", EVERY)
def test_blocks_give_what_the_whole_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = of(name, with_gaps(logits(6)))
    monkeypatch.setattr(evaluation, "BLOCK", 7)
    np.testing.assert_array_equal(whole, of(name, with_gaps(logits(6))))


@pytest.mark.parametrize("name", EVERY)
def test_it_stays_within_its_domain(name: str) -> None:
    low, high = metric_named(name).domain or (-np.inf, np.inf)
    if metric_named(name).categories:
        low, high = 0, len(metric_named(name).categories) - 1
    for z in (logits(5), with_gaps(logits(9)), logits(4) * 1000):
        found = of(name, z)
        found = found[~np.isnan(found)]
        assert (found >= low).all()
        assert (found <= high).all()


@pytest.mark.parametrize("name", EVERY)
def test_a_constant_added_to_all_logits_changes_nothing(name: str) -> None:
    z = with_gaps(logits(6))
    np.testing.assert_allclose(of(name, z), of(name, z + 5), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_it_says_what_it_is(name: str) -> None:
    one = metric_named(name)
    assert one.title
    assert one.__doc__
    assert one.waiting
    assert one.formula
    assert signals_needed(name) <= {*SIGNALS, *LOGGED, *CONSTANTS}
    assert bool(one.categories) == (one.kind in ("category", "flag"))


def rows_of(made: TrainingDynamics, epoch: int, positions: np.ndarray[Any, Any]) -> Rows:
    """What a recorder would give: rows of samples that it saw, NaN ones among them."""
    signal = {name: made.signals[name][epoch, positions] for name in ("loss", "margin")}
    other = np.nan_to_num(made.signals["other_label"][epoch, positions])
    gold = made.gold[positions]
    rows = Rows.of_classes(
        positions, gold, signal["loss"], signal["margin"], other.astype(np.int32)
    )
    others = ("error", "share_right", "lowest_probability")
    more = {n: made.signals[n][epoch, positions] for n in others if n in made.signals}
    return Rows(rows.sample, rows.n_seen, {**rows.columns, **more})


def held_equal(state: RunningState, made: TrainingDynamics, epochs: list[int]) -> None:
    batch = values(made, LIVE, epochs=epochs)
    for name in LIVE:
        is_count = metric_named(name).kind in ("count", "flag")
        np.testing.assert_allclose(
            state.values(name), batch[name], rtol=1e-6, atol=0 if is_count else 8e-6, err_msg=name
        )


def test_the_map_can_follow_all_that_is_in_every_table_but_regions() -> None:
    core = {name for name in EVERY if metric_named(name).core}
    assert core - set(LIVE) == {"region"}


@pytest.mark.parametrize("seed", range(3))
def test_running_forms_equal_the_formulas_after_each_sealed_epoch(seed: int) -> None:
    made = dynamics(with_gaps(logits(8, seed=seed), seed))
    state = running_state(N, LIVE)
    for epoch in range(8):
        state.update(rows_of(made, epoch, np.arange(N)), epoch)
        held_equal(state, made, list(range(epoch + 1)))


def test_running_forms_do_not_depend_on_batches_and_their_order() -> None:
    made = dynamics(with_gaps(logits(4)))
    whole, pieces = running_state(N, LIVE), running_state(N, LIVE)
    for epoch in range(4):
        whole.update(rows_of(made, epoch, np.arange(N)), epoch)
        order = np.random.default_rng(epoch).permutation(N)
        for positions in np.array_split(order, 7):
            pieces.update(rows_of(made, epoch, positions), epoch)
    for name in LIVE:
        np.testing.assert_array_equal(whole.values(name), pieces.values(name), err_msg=name)


def test_probabilities_at_the_edge_of_16_bits_stay_within_the_tolerance() -> None:
    p = np.linspace(0, 1, N, dtype=np.float32) * np.ones((5, 1), np.float32)
    p[1::2] = 1 - p[1::2]
    with np.errstate(divide="ignore"):
        loss = -np.log(p)
    made = TrainingDynamics.from_arrays(
        gold=np.zeros(N, int), loss=loss, margin=loss - 1, other_label=np.ones((5, N))
    )
    state = running_state(N, ["confidence", "variability", "threshold_closeness"])
    for epoch in range(5):
        state.update(rows_of(made, epoch, np.arange(N)), epoch)
    for name, batch in values(made, state.metrics).items():
        np.testing.assert_allclose(state.values(name), batch, rtol=0, atol=8e-6, err_msg=name)
