"""Models without a loop: whole epochs of probabilities."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import SGDClassifier

import carto_widget as carto

X, GOLD = load_iris(return_X_y=True)
NAMES = [f"flower-{i}" for i in range(len(GOLD))]


def test_staged_probabilities_of_a_boosted_model() -> None:
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, GOLD)
    recorder = carto.Recorder()
    stages = list(model.staged_predict_proba(X))
    for epoch, probabilities in enumerate(stages):
        recorder.log_epoch(probabilities, GOLD, guid=NAMES, epoch=epoch)
    dynamics = carto.load(recorder)
    assert (dynamics.mode, dynamics.epochs.tolist()) == ("eval", [0, 1, 2, 3, 4])
    expected = [p[np.arange(len(GOLD)), GOLD] for p in stages]
    np.testing.assert_allclose(dynamics.signals["gold_probability"], expected, atol=1e-6)
    table = carto.table(recorder)
    np.testing.assert_allclose(table["confidence"], np.mean(expected, axis=0), atol=1e-6)
    assert table.index.tolist() == NAMES


def test_partial_fit_with_a_model_that_is_quite_sure() -> None:
    recorder = carto.Recorder()
    model = SGDClassifier(loss="modified_huber", random_state=0)  # gives probabilities of 0 and 1
    for _ in range(3):
        model.partial_fit(X, GOLD, classes=[0, 1, 2])
        recorder.log_epoch(model.predict_proba(X), GOLD, guid=range(len(GOLD)))
    signals = carto.load(recorder).signals
    assert np.isfinite(signals["loss"]).all()
    sure_and_wrong = signals["gold_probability"] < 1e-30
    np.testing.assert_allclose(signals["loss"][sure_and_wrong], 38 * np.log(10), rtol=1e-5)


def test_tensors_are_taken_as_arrays_are() -> None:
    recorder = carto.Recorder()
    probabilities = torch.tensor([[0.25, 0.75], [0.5, 0.5]], dtype=torch.float64)
    recorder.log_epoch(probabilities, torch.tensor([1, 0]), guid=torch.tensor([3, 5]))
    confidence = carto.table(recorder)["confidence"]
    assert confidence.index.tolist() == [3, 5]
    np.testing.assert_allclose(confidence, [0.75, 0.5], atol=1e-6)


def test_what_is_no_epoch_of_probabilities_is_refused() -> None:
    recorder = carto.Recorder()
    with pytest.raises(ValueError, match=r"row 0 .* predict_proba, not predict"):
        recorder.log_epoch(np.array([[2.0, -1.0]]), [0], guid=[0])
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        recorder.log_epoch(np.array([0.5, 0.5]), [0, 1], guid=[0, 1])
    with pytest.raises(ValueError, match="epoch 3, the next one is 0"):
        recorder.log_epoch(np.array([[0.5, 0.5]]), [0], guid=[0], epoch=3)
