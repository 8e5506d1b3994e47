"""Every integration: right ids, right numbers, training untouched, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from contract import DRIVERS, Setting, Trained, driver_of, footprint, ours, sizes, trained
from numbered import EPOCHS, Net, Numbered, held_out_set, training_set

import carto_widget as carto

pytestmark = pytest.mark.frameworks
SETTINGS = [Setting(), Setting(workers=2), Setting(accumulation=4), Setting(2, 4)]


def names(setting: Setting) -> str:
    return f"workers {setting.workers}, accumulation {setting.accumulation}"


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> ModuleType:
    found = driver_of(request.param)
    pytest.importorskip(found.FRAMEWORK)
    return found


@pytest.fixture(scope="module")
def recorded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[ModuleType, Setting], tuple[Trained, carto.Recorder]]:
    """One recorded training of a driver in a setting, made once for all tests."""

    @cache
    def train(driver: ModuleType, setting: Setting) -> tuple[Trained, carto.Recorder]:
        recorder = carto.Recorder(on_error="raise")
        return trained(driver, setting, recorder, tmp_path_factory.mktemp("run")), recorder

    return train


@pytest.mark.parametrize("setting", SETTINGS, ids=names)
def test_every_row_is_the_right_sample_with_the_models_own_probability(
    driver: ModuleType, setting: Setting, recorded: Any
) -> None:
    if setting.accumulation > 1 and not driver.ACCUMULATES:
        pytest.skip(f"{driver.FRAMEWORK} has no gradient accumulation")
    run, recorder = recorded(driver, setting)
    dynamics = carto.load(recorder)
    assert dynamics.guid.tolist() == sorted(run.train.indices)
    assert dynamics.gold.tolist() == run.train.dataset.labels[dynamics.guid].tolist()
    assert dynamics.mode == "online"
    expected = run.net.gold_probability(run.train, training=True)
    assert expected.shape == (EPOCHS, len(run.train))
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5)
    assert (dynamics.signals["n_seen"] == 1).all()
    assert "identity checked" in recorder.identity


@pytest.mark.parametrize("setting", SETTINGS, ids=names)
def test_validation_is_a_split_of_its_own(
    driver: ModuleType, setting: Setting, recorded: Any
) -> None:
    if not driver.HAS_VALIDATION:
        pytest.skip(f"{driver.FRAMEWORK} has no validation")
    if setting.accumulation > 1 and not driver.ACCUMULATES:
        pytest.skip(f"{driver.FRAMEWORK} has no gradient accumulation")
    run, recorder = recorded(driver, setting)
    dynamics = carto.load(recorder, "validation")
    assert dynamics.guid.tolist() == list(range(len(run.held_out)))
    assert dynamics.gold.tolist() == run.held_out.labels.tolist()
    assert dynamics.mode == "eval"
    expected = run.net.gold_probability(run.held_out, training=False)
    assert expected.shape == (EPOCHS, len(run.held_out))
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("setting", SETTINGS, ids=names)
def test_weights_are_bit_equal_with_and_without(
    driver: ModuleType, setting: Setting, recorded: Any, tmp_path: Any
) -> None:
    if setting.accumulation > 1 and not driver.ACCUMULATES:
        pytest.skip(f"{driver.FRAMEWORK} has no gradient accumulation")
    with_us, _ = recorded(driver, setting)
    without = trained(driver, setting, None, tmp_path)
    pairs = zip(with_us.weights, without.weights, strict=True)
    assert all(torch.equal(ours, plain) for ours, plain in pairs)
    assert not torch.equal(without.weights[0], next(Net().parameters()))


def test_attached_and_detached_everything_is_as_it_was(driver: ModuleType, tmp_path: Any) -> None:
    kind = getattr(driver, "ITEMS", Numbered)
    thing = driver.build(Net(), training_set(kind), held_out_set(kind), Setting(), tmp_path)
    parts = driver.parts(thing)
    before = [(footprint(part), sizes(part)) for part in parts]
    handle = driver.attach(thing, carto.Recorder())
    assert [(footprint(part), sizes(part)) for part in parts] != before
    handle.detach()
    assert [(footprint(part), sizes(part)) for part in parts] == before


def test_nothing_of_ours_is_left_after_training(driver: ModuleType, tmp_path: Any) -> None:
    recorder = carto.Recorder(on_error="raise")
    run = trained(driver, Setting(), recorder, tmp_path)
    run.handle.detach()
    for part in [*driver.parts(run.thing), *run.net.modules()]:
        assert not ours(part), type(part)
    before = carto.load(recorder).signals["loss"]
    driver.fit(run.thing)
    np.testing.assert_array_equal(carto.load(recorder).signals["loss"], before)
