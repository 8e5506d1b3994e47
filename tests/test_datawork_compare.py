"""Two runs sample by sample: what became of each, what only one has, what a pair cannot show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.datawork.change import CHANGES
from carto_widget.store.dynamics import TrainingDynamics

NAN = np.nan
GUID = ["a", "b", "c", "d", "e", "f", "g"]


def run(probability: Any, gold: Any, guid: Any = None, **more: Any) -> TrainingDynamics:
    """Two classes, of gold probabilities (E, N), right where above a half."""
    p = np.array(probability, float)
    right = np.where(np.isnan(p), NAN, p > 0.5)
    gold = np.array(gold)
    said = np.where(p > 0.5, gold, 1 - gold)
    return TrainingDynamics.from_arrays(
        gold=gold,
        gold_probability=p,
        is_correct=right,
        loss=-np.log(p),
        prediction=np.where(np.isnan(p), NAN, said),
        guid=GUID[: p.shape[1]] if guid is None else guid,
        **more,
    )


# of "a" to "g": wrong then right; right then wrong; 0.6 to 0.7; 0.9 to 0.8; 0.6 to 0.69;
# another gold label; never seen in the second
BEFORE = run([[0.4, 0.6, 0.6, 0.9, 0.6, 0.2, 0.5]], [0, 0, 1, 1, 0, 0, 1])
AFTER = run([[0.6, 0.4, 0.7, 0.8, 0.69, 0.8, NAN]], [0, 0, 1, 1, 0, 1, 1])


def test_each_sample_has_one_word_for_what_became_of_it() -> None:
    found = carto.compare(BEFORE, AFTER)
    assert found["change"].loc[GUID].tolist() == [
        "fixed", "broken", "easier", "harder", "same", "relabelled", "not observed",
    ]  # fmt: skip
    assert list(found["change"].cat.categories) == list(CHANGES)
    flipped = found.loc[GUID, "flipped"].tolist()
    assert flipped == [True, True, False, False, False, False, pd.NA]


def test_the_samples_that_moved_farthest_come_first_and_those_without_a_place_last() -> None:
    before = run([[0.2, 0.2, 0.5], [0.4, 0.4, NAN]], [0, 0, 0])  # places (0.1, 0.3)
    after = run([[0.2, 0.6, NAN], [0.8, 0.6, NAN]], [0, 0, 0])  # (0.3, 0.5) and (0, 0.6)
    found = carto.compare(before, after)
    assert found.index.tolist() == ["b", "a", "c"]
    np.testing.assert_allclose(found["moved"], [np.hypot(0.1, 0.3), np.hypot(0.2, 0.2), NAN])
    np.testing.assert_allclose(found["variability_before"].loc[["a", "b"]], 0.1)
    np.testing.assert_allclose(found["confidence_after"].loc[["a", "b"]], [0.5, 0.6])


def test_samples_of_one_run_alone_are_kept_and_counted() -> None:
    after = run([[0.7, 0.7, 0.7]], [0, 1, 1], guid=["a", "c", "new"])
    found = carto.compare(BEFORE, after)
    assert found.attrs["samples"] == {"common": 2, "only before": 5, "only after": 1}
    assert found.loc["new", "change"] == "only after"
    assert set(found.index[found["change"] == "only before"]) == {"b", "d", "e", "f", "g"}
    assert found.loc["b", "flipped"] is pd.NA
    assert found["confidence_before"].isna().loc["new"]


def test_classes_are_compared_by_name_and_those_of_one_run_counted() -> None:
    before = run([[0.9, 0.9]], [0, 1], label_names=["negative", "positive"])
    after = run([[0.9, 0.9]], [1, 0], label_names=["positive", "negative", "mixed"])
    found = carto.compare(before, after)
    assert found["change"].tolist() == ["same", "same"]
    assert list(found["gold_after"].cat.categories) == ["negative", "positive", "mixed"]
    assert found.attrs["classes"] == {"only before": [], "only after": ["mixed"]}
    assert "Classes only after: mixed." in found.summary.notes


def test_classes_of_a_run_without_names_are_taken_by_number() -> None:
    before = run([[0.9, 0.9]], [0, 1])
    after = run([[0.9, 0.9]], [0, 1], label_names=["negative", "positive"])
    found = carto.compare(before, after)
    assert found["change"].tolist() == ["same", "same"]
    assert found["gold_before"].tolist() == ["negative", "positive"]
    assert "Only one run names its classes" in str(found.summary)


@pytest.mark.parametrize(("guid", "said"), [(["x", "y"], "no guid is in both"), ([1, 2], "texts")])
def test_runs_without_a_common_sample_are_refused_with_examples(guid: Any, said: str) -> None:
    other = run([[0.5, 0.5]], [0, 0], guid=guid)
    with pytest.raises(ValueError, match=rf"{said}|no guid.*'a', 'b', 'c'") as caught:
        carto.compare(BEFORE, other)
    assert repr(guid[0]) in str(caught.value)


def test_numbers_that_look_like_the_other_runs_texts_are_no_common_samples() -> None:
    with pytest.raises(ValueError, match="guids of a are texts, of b integers, and never equal"):
        carto.compare(run([[0.5]], [0], guid=["7"]), run([[0.5]], [0], guid=[7]))


def test_runs_of_different_kinds_are_refused() -> None:
    regression = TrainingDynamics.from_arrays(
        gold=np.zeros(2), kind="regression", loss=np.ones((1, 2)), guid=["a", "b"]
    )
    with pytest.raises(ValueError, match="a learned multiclass, b regression"):
        carto.compare(BEFORE, regression)


def test_of_a_regression_the_mean_loss_says_what_became_of_a_sample() -> None:
    def made(loss: list[float]) -> TrainingDynamics:
        return TrainingDynamics.from_arrays(
            gold=np.zeros(4), kind="regression", error=np.sqrt([loss])
        )

    found = carto.compare(made([1.0, 1.0, 1.0, 0.0]), made([0.8, 1.2, 1.1, 0.0]))
    assert found["change"].sort_index().tolist() == ["easier", "harder", "same", "same"]
    assert "flipped" not in found


def test_a_run_compared_with_itself_says_that_nothing_differs() -> None:
    summary = carto.compare(BEFORE, BEFORE).summary
    assert "agree in every number" in str(summary)
    assert summary.counts == {"same": 7}


def test_the_summary_counts_and_says_what_two_single_runs_cannot_show() -> None:
    summary = carto.compare(BEFORE, AFTER).summary
    assert summary.counts == dict.fromkeys(CHANGES[:7], 1)
    assert (summary.right_before, summary.right_after) == (4 / 5, 4 / 5)
    assert "7 samples: 1 fixed, 1 broken" in str(summary)
    assert "does not show that the data was the reason" in str(summary)
    assert "<li>" in summary._repr_html_()


def test_runs_of_different_lengths_say_that_this_alone_moves_samples() -> None:
    longer = run([[0.6] * 7] * 3, [0, 0, 1, 1, 0, 0, 1])
    assert "1 epoch and 3 epochs" in str(carto.compare(BEFORE, longer).summary)
    same = carto.compare(BEFORE, longer, epochs=slice(0, 1))
    assert "which alone moves" not in str(same.summary)


def test_metrics_that_are_asked_for_stand_beside_those_that_the_map_needs() -> None:
    found = carto.compare(BEFORE, AFTER, metrics=["prediction_flips"])
    for name in ("prediction_flips", "confidence", "variability", "region", "gold"):
        assert {f"{name}_before", f"{name}_after"} <= {*found.columns}


def edits(path: Path, split: str, **decided: str) -> Any:
    """A ledger to which decisions about samples of a split are added: guid to kind."""
    samples = pd.DataFrame(index=[*GUID, "stranger"])
    ledger = carto.ledger(path).of(samples, split=split)
    for guid, kind in decided.items():
        getattr(ledger, kind)([guid])
    return ledger


def test_a_ledger_says_which_samples_were_edited(tmp_path: Path) -> None:
    ledger = edits(tmp_path / "edits.jsonl", "train", f="drop", stranger="keep")
    found = carto.compare(BEFORE, AFTER, ledger=ledger)
    assert found["edited"].loc[["f", "a"]].tolist() == ["drop", NAN]
    assert "1 decision about samples that neither run has." in found.attrs["notes"]
    assert "edited" not in carto.compare(BEFORE, AFTER)


def test_of_a_ledger_of_several_splits_the_edits_of_the_one_compared_are_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "edits.jsonl"
    edits(path, "train", f="drop")
    edits(path, "test", f="keep", a="drop")
    found = carto.compare(BEFORE, AFTER, ledger=path)
    assert found["edited"].loc[["f", "a"]].tolist() == ["drop", NAN]
