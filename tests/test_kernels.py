"""Compiled loops: bit for bit what the formulas give, and never needed."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from carto_widget.kernels import switch
from carto_widget.kernels.metrics import KERNELS, Kernel, kernels
from carto_widget.metrics.registry import metric_named
from carto_widget.metrics.running import RunningState, running_state
from carto_widget.metrics.table import table
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows

N, C = 300, 4
DRAWN = ("confidence", "variability", "correctness", "forgetting_events", "aum")


def signals(n_epochs: int, missing: float, n: int = N) -> dict[str, Any]:
    """Constants, ties, infinite margins and losses, gaps; sample 3 never seen."""
    rng = np.random.default_rng(n_epochs)
    probability = rng.random((n_epochs, n), np.float32)
    probability[:, 5:20] = probability[:1, 5:20]
    margin = rng.normal(0, 2, (n_epochs, n)).astype(np.float32)
    margin[:, 20:30] = np.round(margin[:, 20:30])
    margin[:1, 30], margin[-1:, 31], probability[:1, 30] = -np.inf, np.inf, 0
    other = rng.integers(0, C, (n_epochs, n)).astype(np.float32)
    gone = rng.random((n_epochs, n)) < missing
    gone[:, 3] = True
    for one in (probability, margin, other):
        one[gone] = np.nan
    return {"gold_probability": probability, "margin": margin, "other_label": other}


def dynamics(n_epochs: int, missing: float) -> TrainingDynamics:
    return TrainingDynamics.from_arrays(gold=np.arange(N) % C, **signals(n_epochs, missing))


def rows(e: int, made: TrainingDynamics) -> Rows:
    one = {name: made.signals[name][e] for name in ("loss", "margin", "other_label")}
    other = np.nan_to_num(one["other_label"], nan=0).astype(np.int32)
    return Rows.of_classes(np.arange(N), made.gold, one["loss"], one["margin"], other)


def bits(found: np.ndarray[Any, Any]) -> list[Any]:
    return [found.dtype, np.where(np.isnan(found), np.nan, found).tobytes()]


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled loops for however few samples."""
    pytest.importorskip("numba")
    monkeypatch.delenv(switch.VARIABLE, raising=False)
    monkeypatch.setattr(switch, "LEAST", 0)


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(switch.VARIABLE, "0")


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda one: one.gives[0])
def test_a_kernel_gives_the_bits_of_its_formulas(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carto_widget.kernels import over_epochs

    monkeypatch.setattr(over_epochs, "WIDTH", 128)
    for n_epochs, missing in itertools.product((1, 2, 3, 4, 5, 9, 10, 11, 30), (0, 0.3, 1)):
        made = dynamics(n_epochs, missing)
        known = {name: np.ascontiguousarray(made.signals[name]) for name in kernel.needs}
        found = kernel(known)
        for name in kernel.gives:
            formula = metric_named(name)
            with np.errstate(invalid="ignore"):
                expected = formula(*(known[need] for need in formula.needs))
            assert bits(found[name]) == bits(expected), (name, n_epochs, missing)


def test_a_kernel_asks_for_what_its_metrics_ask_for() -> None:
    for kernel in KERNELS:
        for name in kernel.gives:
            assert set(metric_named(name).needs) == set(kernel.needs)
            assert metric_named(name).scope == "sample"
    every = [name for kernel in KERNELS for name in kernel.gives]
    assert len(every) == len(set(every))


@pytest.mark.usefixtures("always")
def test_a_table_is_the_same_with_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    made = dynamics(12, 0.2)
    compiled = table(made, "all")
    assert kernels(len(made.guid))
    without(monkeypatch)
    assert not kernels(len(made.guid))
    plain = table(made, "all")
    assert list(compiled) == list(plain)
    for name in compiled:
        if compiled[name].dtype.kind == "f":
            assert bits(compiled[name].to_numpy()) == bits(plain[name].to_numpy())
        else:
            assert compiled[name].equals(plain[name])


def counted(made: TrainingDynamics) -> RunningState:
    """All rows of an epoch in their order, then in another order and in pieces."""
    state = running_state(N, DRAWN)
    for e in range(len(made.epochs)):
        of_epoch = rows(e, made)
        if e % 2 == 0:
            state = state.updated(of_epoch, e)
            continue
        for piece in np.array_split(np.random.default_rng(e).permutation(N), 3):
            state.update(of_epoch.take(piece), e)
    return state


@pytest.mark.usefixtures("always")
def test_running_sums_are_the_same_with_and_without_but_for_a_rounding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = dynamics(7, 0.2)
    compiled = counted(made)
    of_compiled = compiled.columns(DRAWN)
    without(monkeypatch)
    plain = counted(made)
    for name in DRAWN:
        assert bits(of_compiled[name]) == bits(compiled.values(name))
        if name in ("confidence", "variability"):
            assert np.allclose(of_compiled[name], plain.values(name), 0, 8e-6, equal_nan=True)
            assert (of_compiled[name] != plain.values(name))[
                ~np.isnan(of_compiled[name])
            ].mean() < 0.02
        else:
            assert bits(of_compiled[name]) == bits(plain.values(name))


@pytest.mark.usefixtures("always")
def test_a_probability_of_the_running_sums_is_at_most_one_step_from_numpys() -> None:
    rng = np.random.default_rng(0)
    edges = [0, -0.0, -1e-7, -np.inf, np.inf, np.nan, 1e-38, 1e-7, 11.09, 11.78, 87, 88, 104, 1e30]
    loss = np.concatenate([edges, rng.exponential(1, 100_000)]).astype(np.float32)
    n, margin, label = len(loss), np.ones(len(loss), np.float32), np.ones(len(loss), np.int32)
    state = running_state(n, ["confidence", "variability", "correctness"])
    one = Rows.of_classes(np.arange(n), label, loss, margin, label)
    state.update(one, 0)
    with np.errstate(over="ignore"):
        exact = np.minimum(np.exp(-loss.astype(np.float64)), 1)
    seen = ~np.isnan(loss)
    assert np.array_equal(state.observations, seen)
    found = state.values("confidence")[seen]
    assert np.abs(found - exact[seen]).max() < 8e-6
    with np.errstate(over="ignore"):
        codes = one.probability_16[seen]
    apart = np.abs(np.round(found * 65535) - codes)
    assert apart.max() <= 1
    assert apart.mean() < 0.002


@pytest.mark.usefixtures("always")
def test_signals_that_lie_sample_after_sample_give_the_same() -> None:
    made = signals(5, 0.3)
    turned: dict[str, Any] = {name: np.asfortranarray(one) for name, one in made.items()}
    gold = np.arange(N) % C
    expected = table(TrainingDynamics.from_arrays(gold=gold, **made), DRAWN)
    found = table(TrainingDynamics.from_arrays(gold=gold, **turned), DRAWN)
    assert all(bits(found[name].to_numpy()) == bits(expected[name].to_numpy()) for name in DRAWN)


def test_few_samples_do_not_wait_for_a_compiler() -> None:
    code = """
import sys
import numpy as np
import carto_widget as carto
loss = np.ones((3, 2))
carto.table(carto.TrainingDynamics.from_arrays(gold=[0, 1], loss=loss, margin=loss))
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_numba_the_formulas_do_the_work() -> None:
    code = """
import sys
sys.modules["numba"] = None
import numpy as np
import carto_widget as carto
from carto_widget.kernels import switch
switch.LEAST = 0
dynamics = carto.TrainingDynamics.from_arrays(
    gold=[0, 1], loss=np.zeros((3, 2)), margin=np.ones((3, 2)), other_label=np.ones((3, 2))
)
assert carto.table(dynamics)["confidence"].tolist() == [1, 1]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_where_nothing_can_be_kept_on_disk_it_compiles_all_the_same() -> None:
    pytest.importorskip("numba")
    from carto_widget.kernels.compiled import compiled

    def twice(values: np.ndarray[Any, Any]) -> float:
        total = 0.0
        for value in values:
            total += 2 * value
        return total

    twice.__code__ = twice.__code__.replace(co_filename="<nowhere>")
    assert compiled(twice)(np.array([1.0, 2.0])) == 6
