"""What holds of the metrics whatever the logits: gaps, ties, infinities, one epoch, nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carto_widget.metrics.registry import built_in_names, metric_named, signals_needed
from carto_widget.metrics.table import supported, values
from carto_widget.store.dynamics import TrainingDynamics

C = 3
NAMES = ["a", "b", "c"]  # so that a part of the samples has as many classes as the whole

Logits = np.ndarray[Any, Any]


def of(logits: Logits) -> TrainingDynamics:
    return TrainingDynamics.from_arrays(
        gold=np.arange(logits.shape[1]) % C, logits=logits, label_names=NAMES
    )


EVERY = supported(of(np.zeros((1, C, C))).signals)
BY_SAMPLE = [name for name in EVERY if metric_named(name).scope == "sample"]


@st.composite
def logits(draw: st.DrawFn, n: int = 6) -> Logits:
    """(E, n, C) in eighths, so that adding a whole number is exact; a fifth is missing."""
    n_epochs = draw(st.integers(1, 13))
    eighths = draw(arrays(np.int16, (n_epochs, n, C), elements=st.integers(-240, 240)))
    z = eighths / 8.0
    z[eighths == -240] = -np.inf
    z[draw(arrays(np.bool_, (n_epochs, n), elements=st.integers(0, 4).map(lambda i: i == 0)))] = (
        np.nan
    )
    return z


quickly = settings(max_examples=25, deadline=None, derandomize=True)


def held_equal(
    found: dict[str, Any],
    expected: dict[str, Any],
    rows: Any = slice(None),
    rtol: float = 0,
    atol: float = 0,
) -> None:
    for name, golden in expected.items():
        np.testing.assert_allclose(found[name], golden[rows], rtol, atol, err_msg=name)


def test_all_but_those_of_other_tasks_are_here() -> None:
    others = {"error", "share_right", "lowest_probability", "feature_norm", "second_split_correct"}
    left_out = set(built_in_names()) - set(EVERY)
    assert all(signals_needed(name) & others for name in left_out)


@quickly
@given(logits(), st.permutations(range(6)))
def test_the_order_of_samples_changes_no_samples_number(z: Logits, order: list[int]) -> None:
    shuffled = TrainingDynamics.from_arrays(
        gold=(np.arange(6) % C)[order], logits=z[:, order], label_names=NAMES
    )
    held_equal(values(shuffled, BY_SAMPLE), values(of(z), BY_SAMPLE), order)


@quickly
@given(logits())
def test_parts_give_what_the_whole_gives(z: Logits) -> None:
    whole, part = values(of(z), BY_SAMPLE), values(of(z[:, :3]), BY_SAMPLE)
    held_equal(part, whole, slice(3))


@quickly
@given(logits(), st.integers(-50, 50))
def test_a_constant_added_to_the_logits_of_a_sample_changes_nothing(z: Logits, more: int) -> None:
    lifted = z + np.array([more, 0, -more, 1, 2, 3])[:, None]
    held_equal(values(of(lifted), EVERY), values(of(z), EVERY), rtol=1e-5, atol=1e-6)


@quickly
@given(logits())
def test_numbers_stay_within_bounds_and_samples_never_seen_have_none(z: Logits) -> None:
    found = values(of(z), EVERY)
    never = np.isnan(z[..., 0]).all(0)
    is_finite = not np.isinf(z).any()
    for name, column in found.items():
        low, high = metric_named(name).domain or (-np.inf, np.inf)
        there = column[~np.isnan(column)]
        assert (there >= low).all(), name
        assert (there <= high).all(), name
        assert not is_finite or np.isfinite(there).all(), name
        if metric_named(name).defined_from:
            assert np.isnan(column[never]).all(), name


@quickly
@given(logits())
def test_one_epoch_is_its_own_mean(z: Logits) -> None:
    found = values(of(z[:1]), EVERY)
    pairs = [
        ("confidence", "self_confidence"),
        ("aum", "last_margin"),
        ("loss_mean", "last_loss"),
        ("loss_mean", "moving_loss"),
        ("entropy_mean", "last_entropy"),
        ("entropy_mean", "entropy_of_mean"),
        ("threshold_closeness", "aleatoric"),
        ("correctness", "correctness_count"),
    ]
    for one, other in pairs:
        np.testing.assert_allclose(found[one], found[other], rtol=0, atol=1e-6, err_msg=other)
    seen = ~np.isnan(z[0, :, 0])
    for zero in ("variability", "forgetting_events", "prediction_flips", "selfie_uncertainty"):
        assert (found[zero][seen] == 0).all()


def test_all_missing_leaves_nothing_but_zero_observations() -> None:
    for name, column in values(of(np.full((4, 6, C), np.nan)), EVERY).items():
        expected = 0 if name == "n_observed" else np.nan
        np.testing.assert_array_equal(column, np.full(6, expected), err_msg=name)
