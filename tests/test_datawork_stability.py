"""Many seeds: mean place, spread, ellipse, regions, and which run was the noisy one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.store.dynamics import TrainingDynamics

NAN = np.nan


def run(probability: Any, **more: Any) -> TrainingDynamics:
    """Of gold probabilities (E, N), right where above a half."""
    p = np.array(probability, float)
    gold = more.pop("gold", np.zeros(p.shape[1], int))
    right = np.where(np.isnan(p), NAN, p > 0.5)
    return TrainingDynamics.from_arrays(gold=gold, gold_probability=p, is_correct=right, **more)


def at(confidence: Any, variability: Any, **more: Any) -> TrainingDynamics:
    """Two epochs that give these places."""
    c, v = np.array(confidence), np.array(variability)
    return run([c - v, c + v], **more)


def test_mean_place_spread_and_ellipse_are_those_of_the_covariance() -> None:
    places = [(0.4, 0.1), (0.6, 0.3), (0.5, 0.05)]
    found = carto.stability([at([c], [v]) for c, v in places])
    across, up = np.array([v for _, v in places]), np.array([c for c, _ in places])
    values, vectors = np.linalg.eigh(np.cov(across, up))
    row = found.iloc[0]
    assert row["confidence"] == pytest.approx(0.5)
    assert row["variability"] == pytest.approx(0.15)
    assert row["confidence_spread"] == pytest.approx(0.1)  # of 0.4, 0.6, 0.5, divisor 2
    assert row["major"] == pytest.approx(np.sqrt(values[1]), rel=1e-5)
    assert row["minor"] == pytest.approx(np.sqrt(values[0]), rel=1e-4)
    direction = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    assert row["angle"] % 180 == pytest.approx(direction % 180, abs=1e-3)


def test_a_spread_along_one_axis_is_a_flat_ellipse() -> None:
    found = carto.stability([at([0.2, 0.5], [0.1, 0.1]), at([0.4, 0.5], [0.1, 0.4])])
    # 0.2 and 0.4 up: s = 0.1414; 0.1 and 0.4 across: s = 0.2121
    assert found.index.tolist() == [1, 0]  # what moves farthest comes first
    np.testing.assert_allclose(found["major"], [0.3 / np.sqrt(2), 0.2 / np.sqrt(2)], rtol=1e-5)
    np.testing.assert_allclose(found["minor"], 0, atol=1e-6)
    np.testing.assert_allclose(np.cos(np.radians(found["angle"])), [1, 0], atol=1e-6)


def test_regions_are_counted_over_runs_and_say_what_a_sample_is() -> None:
    # three samples a run, so that the one that varies most is ambiguous
    first = at([0.8, 0.3, 0.6], [0.1, 0.05, 0.3])
    other = at([0.8, 0.3, 0.6], [0.3, 0.05, 0.1])
    found = carto.stability([first, first, other]).sort_index()
    np.testing.assert_allclose(found["share_ambiguous"], [1 / 3, 0, 2 / 3])
    np.testing.assert_allclose(found["share_easy"], [2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(found["share_hard"], [0, 1, 0])
    assert found["verdict"].tolist() == ["steady", "steady", "ambiguous"]
    two = carto.stability([first, other]).sort_index()
    assert two["verdict"].tolist() == ["depends on the run", "steady", "depends on the run"]


def test_samples_that_few_runs_saw_have_no_spread() -> None:
    first = at([0.8, 0.3], [0.1, 0.0], guid=["a", "b"])
    other = at([0.6, NAN, 0.5], [0.1, NAN, 0.2], guid=["a", "b", "c"])
    found = carto.stability([first, other])
    assert found["n_runs"].to_dict() == {"a": 2, "b": 1, "c": 1}
    assert found.loc[["b", "c"], "verdict"].tolist() == ["too few runs"] * 2
    assert found["major"].isna().to_dict() == {"a": False, "b": True, "c": True}
    assert found.index[0] == "a"
    assert found["confidence"].loc["b"] == pytest.approx(0.3)


def test_a_run_that_lies_far_from_the_others_is_named() -> None:
    near = [at([a, b], [0.1, 0.1]) for a, b in ((0.5, 0.6), (0.52, 0.62), (0.5, 0.61))]
    found = carto.stability([*near, at([0.1, 0.2], [0.1, 0.1])])
    assert np.argmax(found.attrs["runs"]) == 3
    assert any(note.startswith("Run 3 lies 0.408 from") for note in found.attrs["notes"])
    assert not any(note.startswith("Run") for note in carto.stability(near).attrs["notes"])


def test_another_gold_label_in_one_of_the_runs_is_said() -> None:
    runs = [at([0.5, 0.5], [0.1, 0.1], gold=np.array(gold)) for gold in ([0, 1], [0, 0])]
    found = carto.stability(runs)
    assert found["gold"].loc[[0, 1]].tolist() == [0, pd.NA]
    assert any("1 sample with different gold labels" in note for note in found.attrs["notes"])


def test_other_metrics_may_be_the_axes() -> None:
    found = carto.stability(
        [at([0.5], [0.1]), at([0.7], [0.1])], metrics=("correctness", "confidence")
    )
    assert {"correctness", "correctness_spread", "confidence_spread"} <= {*found.columns}
    assert found.attrs["metrics"] == ["correctness", "confidence"]


def test_shares_are_of_the_runs_that_have_both_metrics() -> None:
    # sample 0 is easy in both runs, and never right in the first: it has no first_learned there
    runs = [
        TrainingDynamics.from_arrays(gold=[0], gold_probability=[[0.8], [0.8]], is_correct=right)
        for right in ([[0.0], [0.0]], [[1.0], [1.0]])
    ]
    found = carto.stability(runs, ("confidence", "first_learned"))
    assert found[["n_runs", "share_easy", "share_hard"]].to_numpy().tolist() == [[1, 1.0, 0.0]]


def test_gold_labels_of_runs_that_name_other_classes_are_all_told() -> None:
    runs = [
        at([0.5], [0.1], guid=["a"], label_names=["no"]),
        at([0.5] * 2, [0.1] * 2, guid=["a", "b"], gold=np.array([0, 1]), label_names=["no", "yes"]),
    ]
    assert carto.stability(runs)["gold"].to_dict() == {"a": "no", "b": "yes"}
    numbers = at([0.5] * 2, [0.1] * 2, guid=["a", "d"], gold=np.array([1, 1]))
    found = carto.stability([numbers, runs[0]])
    assert found["gold"].isna().to_dict() == {"a": True, "d": False}  # 1 is not "no"
    assert any("1 sample with different gold labels" in note for note in found.attrs["notes"])


def test_a_run_that_is_there_twice_says_nothing_of_chance() -> None:
    one, other = at([0.5, np.nan], [0.1, 0.2]), at([0.6, np.nan], [0.1, 0.2])
    notes = carto.stability([one, other, one]).attrs["notes"]
    assert [note for note in notes if note.startswith("Runs 0 and 2 agree in every number")]
    assert not any("agree in" in note for note in carto.stability([one, other]).attrs["notes"])


@pytest.mark.parametrize("one", [at([0.5], [0.1]), "runs/reviews"])
def test_a_single_run_is_told_from_a_list_of_runs(one: Any) -> None:
    with pytest.raises(TypeError, match="expected several runs in a list"):
        carto.stability(one)


@pytest.mark.parametrize(
    ("runs", "metrics", "said"),
    [
        ([at([0.5], [0.1])], ("confidence", "variability"), "1 run; expected two or more"),
        ([at([0.5], [0.1])] * 2, ("confidence",), "expected two"),
        ([at([0.5], [0.1])] * 2, "confidence", "expected two"),
        (
            [at([0.5], [0.1], guid=["a"]), at([0.5], [0.1], guid=["b"])],
            ("confidence", "variability"),
            "run 1 has no guid of run 0: 'b', ..., and 'a'",
        ),
    ],
)
def test_what_has_no_stability_is_refused(runs: Any, metrics: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        carto.stability(runs, metrics)
