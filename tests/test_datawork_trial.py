"""Does the changed data help: paired seeds, two intervals, and no claim that they do not carry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from trial_fits import dies, logistic, wrong_for_one

import carto_widget as carto
from carto_widget.datawork.effect import Effect
from carto_widget.datawork.intervals import samples_interval, t_interval, t_quantile

Answers = dict[str, list[list[Any]]]  # of each data the answers of each seed


def told(answers: Answers) -> Callable[[Any, int], Any]:
    """A fit whose predictor says what is written down."""
    return lambda data, seed: lambda inputs: answers[data][seed]


def trial(answers: Answers, labels: list[Any], **more: Any) -> Any:
    n = len(answers["old"])
    test = (np.zeros(len(labels)), labels)
    options = {"seeds": n, "progress": None, **more}
    return carto.trial(told(answers), "old", "new", test, **options)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 30, 401])
@pytest.mark.parametrize("p", [0.6, 0.95, 0.975, 0.9995])
def test_quantiles_of_t_are_those_of_scipy(p: float, df: int) -> None:
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-9)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_the_interval_over_seeds_is_scipys_paired_t_interval(differences: list[float]) -> None:
    values = np.array(differences)
    found = t_interval(values)
    if np.ptp(values) < 1e-6:
        return  # scipy warns
    expected = stats.ttest_rel(values, np.zeros(len(values))).confidence_interval()
    np.testing.assert_allclose(found or (), (expected.low, expected.high), rtol=1e-6, atol=1e-9)


def test_the_interval_over_test_samples_is_that_of_bonett_and_price() -> None:
    # of 1,000 samples 300 better and 100 worse: their formula has (301 - 101) / 1002 and
    # sqrt((301 + 101) / 1002 - 0.1996 ** 2) / sqrt(1002), times Student's t for the normal
    error = np.sqrt((402 / 1002 - (200 / 1002) ** 2) / 1001)
    half = stats.t.ppf(0.975, 1001) * error
    found = samples_interval(np.repeat([1.0, 0.0, -1.0], [300, 600, 100]))
    assert found == pytest.approx((200 / 1002 - half, 200 / 1002 + half))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 12, 100, 5000, 100_000])
def test_a_few_answers_that_changed_to_one_side_prove_nothing(n: int) -> None:
    # the exact sign test (two sides) of k changes to one side: 2 ** (1 - k), 0.031 of six
    for k in range(1, min(n, 9) + 1):
        low, high = samples_interval(np.repeat([1.0, 0.0], [k, n - k])) or (0, 0)
        assert (low > 0) == (2.0 ** (1 - k) < 0.05)
        assert low < k / n <= high


def test_a_row_a_seed_and_the_differences_are_taken_within_it() -> None:
    # of four samples right: before 1, 2, 3; after 2, 3, 4
    before = [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]]
    after = [[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    made = trial({"old": before, "new": after}, [1, 1, 1, 1])
    assert made.seeds["before"].tolist() == [0.25, 0.5, 0.75]
    assert made.seeds["difference"].tolist() == [0.25, 0.25, 0.25]
    assert made.effect.seed_interval == (0.25, 0.25)
    # sample by sample the mean over seeds went up by 0, 1/3, 1/3, 1/3
    # and two made-up ones are 1 and -1: mean 1/6, divisor 5
    half = stats.t.ppf(0.975, 5) * np.sqrt(((2 + 3 / 9) - 6 / 36) / 5 / 6)
    assert made.effect.test_interval == pytest.approx((1 / 6 - half, 1 / 6 + half), abs=1e-6)


RIGHT = np.ones(100)


def seeds(*right: int) -> Any:
    """Of 100 test samples so many right, one seed a row."""
    return np.array([np.arange(100) < n for n in right], float)


def test_a_claim_is_made_where_seeds_and_test_samples_carry_it() -> None:
    # differences 0.20, 0.22, 0.18: mean 0.2, s = 0.02, t(2) = 4.303, half = 0.0497
    effect = Effect(seeds(60, 60, 60), seeds(80, 82, 78))
    assert effect.verdict == "better"
    assert effect.seed_interval == pytest.approx((0.1503, 0.2497), abs=1e-4)
    assert str(effect).startswith("After is better by +20.0 points [15.0, 25.0], 3 seeds; over 100")
    assert Effect(seeds(80, 82, 78), seeds(60, 60, 60)).verdict == "worse"


def test_no_claim_where_the_interval_over_seeds_includes_zero() -> None:
    # differences 0.10, -0.02, 0.01: mean 0.03, s = 0.0624, half = 0.1551
    effect = Effect(seeds(60, 60, 60), seeds(70, 58, 61))
    assert effect.verdict == "cannot tell"
    assert str(effect).startswith("3 seeds cannot tell: +3.0 points [-12.5, 18.5]")


def test_no_claim_where_seeds_agree_and_the_test_samples_are_too_few() -> None:
    # one sample of 100 more in each of three seeds, not the same for all
    after = seeds(60, 60, 60)
    after[0, 70] = after[1, 71] = after[2, 70] = 1
    effect = Effect(seeds(60, 60, 60), after)
    assert effect.verdict == "cannot tell"
    assert "3 seeds agree, +1.0 points [1.0, 1.0], but 100 test samples cannot tell" in str(effect)


def test_one_seed_cannot_tell() -> None:
    effect = Effect(seeds(10), seeds(90))
    assert effect.verdict == "cannot tell"
    assert str(effect).startswith("1 seed cannot tell: +80.0 points")


def test_where_the_seed_changes_nothing_the_test_samples_alone_decide() -> None:
    effect = Effect(seeds(60, 60), seeds(80, 80))
    assert effect.seed_interval is None
    assert effect.verdict == "better"
    assert "the fits do not depend on the seed" in str(effect)
    assert Effect(seeds(60, 60), seeds(61, 61)).verdict == "cannot tell"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 40))
def test_never_a_claim_whose_interval_includes_zero(seed: int, n: int, m: int) -> None:
    drawn = np.random.default_rng(seed).random((2, n, m)) < 0.5
    effect = Effect(*drawn.astype(float))
    sides = [np.sign(one) for one in (effect.seed_interval, effect.test_interval) if one]
    is_carried = all((side == sides[0][0]).all() and side[0] for side in sides)
    assert (effect.verdict != "cannot tell") == is_carried
    assert ("cannot tell" in str(effect)) != is_carried


def test_each_class_has_its_own_row_with_intervals_that_hold_together() -> None:
    before = [["cat", "cat", "dog", "dog"], ["cat", "dog", "dog", "dog"]]
    after = [["cat", "dog", "dog", "dog"], ["cat", "cat", "dog", "cat"]]
    made = trial({"old": before, "new": after}, ["cat", "cat", "dog", "dog"])
    # cat: 1, 0.5 to 0.5, 1: differences -0.5, 0.5; dog: 1, 1 to 1, 0.5: 0, -0.5
    found = made.by_class
    assert found.loc["cat", ["n", "before", "after", "difference"]].tolist() == [2, 0.75, 0.75, 0]
    assert found.loc["dog", "difference"] == -0.25
    half = stats.t.ppf(1 - 0.025 / 2, 1) * np.std([0, -0.5], ddof=1) / np.sqrt(2)
    assert found.loc["dog", "high"] == pytest.approx(-0.25 + half)
    assert found.loc["dog", "low"] == pytest.approx(-0.25 - half)
    assert made.classes_by_seed.loc[(1, "dog"), "after"] == 0.5


def test_of_a_class_its_few_test_samples_tell_no_more_than_they_can_where_seeds_agree() -> None:
    # seed 1 is wrong in one more cat, so that the fits depend on the seed; of the two dogs one more
    # is right after, in every seed: over seeds from 0.5 to 0.5
    old, new = ["cat", "cat", "dog", "cat"], ["cat", "cat", "dog", "dog"]
    other_old, other_new = (["dog", *answers[1:]] for answers in (old, new))
    answers: Answers = {"old": [old, other_old, old], "new": [new, other_new, new]}
    found = trial(answers, ["cat", "cat", "dog", "dog"]).by_class
    low, high = samples_interval(np.array([0.0, 1.0]), 1 - 0.05 / 2) or (0, 0)
    assert found.loc["dog", ["difference", "low", "high"]].tolist() == [0.5, low, high]
    assert low < 0
    alike: Answers = {"old": [old] * 3, "new": [new] * 3}  # of fits without chance, too
    assert trial(alike, ["cat", "cat", "dog", "dog"]).by_class.loc["dog", "low"] == low
    once: Answers = {"old": [old], "new": [new]}
    assert trial(once, ["cat", "cat", "dog", "dog"]).by_class[["low", "high"]].isna().all(axis=None)


def test_answers_may_be_probabilities_with_names_for_their_columns() -> None:
    probability = [[[0.9, 0.1], [0.2, 0.8]]]
    other = [[[0.1, 0.9], [0.2, 0.8]]]
    answers: Any = {"old": probability, "new": other}
    made = trial(answers, ["no", "yes"], label_names=["no", "yes"])
    assert made.seeds.loc[0].tolist() == [1.0, 0.5, -0.5]
    failed = "2 columns, label_names has 3"
    with pytest.raises(RuntimeError, match=failed):
        trial(answers, ["no", "yes"], label_names=["no", "yes", "mixed"])


def test_edits_of_the_test_set_are_reported_apart() -> None:
    before, after = [[0, 0, 0, 0]] * 2, [[0, 0, 1, 1]] * 2
    answers = {"old": before, "new": after}
    made = trial(answers, [0, 0, 0, 1], test_after=[0, None, 1, 1])
    assert made.effect.difference == 0  # 3 and 3 of 4
    assert made.effect_on_edited.difference == pytest.approx(2 / 3)  # 1 and 3 of 3
    assert "1 label edited and 1 left out" in str(made)
    assert "by -41.7 before and +25.0 after points: that is no effect of" in str(made)


def test_the_edits_of_the_test_set_may_come_from_its_ledger(tmp_path: Path) -> None:
    labels = pd.Series([0, 0, 0, 1], index=list("abcd"))
    ledger = carto.ledger(tmp_path / "test.jsonl").of(labels.to_frame("gold"), gold="gold")
    ledger.relabel("c", 1)
    ledger.drop("b")
    answers: Answers = {"old": [[0, 0, 0, 0]] * 2, "new": [[0, 0, 1, 1]] * 2}
    made = trial(answers, [0, 0, 0, 1], test_after=[0, None, 1, 1])
    test = (np.zeros(4), labels)
    options: dict[str, Any] = {"seeds": 2, "progress": None}
    assert str(
        carto.trial(told(answers), "old", "new", test, test_ledger=ledger, **options)
    ) == str(made)
    others = (np.zeros(4), 1 - labels)  # the ledger is about other labels
    with pytest.raises(ValueError, match="label differs"):
        carto.trial(told(answers), "old", "new", others, test_ledger=ledger, **options)


def digits() -> tuple[Any, Any, Any]:
    """A third of the labels wrong, the same put right, and a test set."""
    from sklearn.datasets import load_digits

    x, gold = load_digits(return_X_y=True)
    noisy = gold[:600].copy()
    wrong = np.random.default_rng(0).random(600) < 0.35
    noisy[wrong] = (noisy[wrong] + 1) % 10
    return (x[:600], noisy), (x[:600], gold[:600]), (x[600:1200], gold[600:1200])


def test_a_real_training_is_better_for_labels_put_right_in_spawned_processes_too() -> None:
    before, after, test = digits()
    here = carto.trial(logistic, before, after, test, seeds=3, progress=None)
    spawned = carto.trial(logistic, before, after, test, seeds=3, processes=2, progress=None)
    assert here.verdict == "better"
    pd.testing.assert_frame_equal(here.seeds, spawned.seeds)
    assert "After is better by +" in here._repr_html_()
    same = carto.trial(logistic, after, after, test, seeds=3, progress=None)
    assert same.verdict == "cannot tell"


def test_an_error_in_one_fit_is_kept_and_named_and_its_seed_left_out() -> None:
    said: list[str] = []
    before, after, test = digits()
    made = carto.trial(wrong_for_one, before, after, test, seeds=3, progress=said.append)
    assert made.seeds.index.tolist() == [0, 2]
    assert "2 fits of 6 failed, their seeds are left out" in str(made)
    assert "before, seed 1: ArithmeticError: loss is nan" in str(made)
    assert "failed: ArithmeticError" in said[2]
    with pytest.raises(RuntimeError, match=r"no seed has both fits; before, seed 1: Arithmetic"):
        carto.trial(wrong_for_one, before, after, test, seeds=[1], progress=None)


def test_a_process_that_dies_is_named() -> None:
    with pytest.raises(RuntimeError, match="a process died"):
        carto.trial(dies, 1, 2, ([0], [0]), processes=1, progress=None)


def test_what_other_processes_cannot_import_is_refused() -> None:
    with pytest.raises(ValueError, match=r"into a \.py file"):
        trial({"old": [[0]], "new": [[0]]}, [0], processes=1)


@pytest.mark.parametrize(
    ("test", "more", "said"),
    [
        (([0, 1], [0]), {}, "2 inputs and 1 labels"),
        (([], []), {}, "0 inputs"),
        (([0], [float("nan")]), {}, "none of 1 test samples has a label"),
        (([0], [0]), {"level": 95}, "a share between 0 and 1"),
        (([0], [0]), {"seeds": 0}, "expected one or more"),
        (([0], [0]), {"seeds": [1, 1]}, "each once"),
        (([0], [0]), {"test_after": [0, 1]}, "2 labels, test 1"),
        (([0], [0]), {"test_ledger": object()}, "a Series indexed by guid"),
        (([0], [0]), {"test_after": [None]}, "all 1 test samples are left out"),
        (([0], [0]), {"label_names": ["no", "yes"]}, "label_names are 'no', 'yes', the labels of"),
    ],
)
def test_what_cannot_be_tried_is_refused(test: Any, more: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        carto.trial(told({}), "old", "new", test, **{"progress": None, **more})


def said(predictor: Any, labels: Any, **more: Any) -> None:
    test = (np.zeros(len(labels)), labels)
    carto.trial(lambda data, seed: predictor, 0, 1, test, seeds=1, progress=None, **more)


WRONG: dict[str, tuple[Any, Any, str]] = {
    "too few": ([0], [0, 1, 1], r"shape \(1,\) for 3 test inputs; expected labels \(3,\)"),
    "one column": ([[0.2], [0.9]], [0, 1], r"shape \(2, 1\)"),
    "NaN": ([[np.nan, np.nan], [0.9, 0.1]], [0, 1], "NaN for 1 of 2 test inputs"),
    "no label": ([None, 1.0], [0, 1], "NaN for 1 of 2"),
    "numbers": ([0, 1], ["cat", "dog"], "answers 0, 1, the labels are 'cat', 'dog'"),
    "shares": ([0.3, 1.0], [0, 1], r"answers 0\.3, 1\.0, the labels are 0, 1; .* numbers \(M, C\)"),
    "columns": ([[0.9, 0.1], [0.1, 0.9]], ["cat", "dog"], "label_names= for their columns"),
    "from 1": ([[0.9, 0.1], [0.1, 0.9]], [1, 2], r"label_names=\[1, 2\]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_answers_that_cannot_be_labels_are_errors_and_not_wrong_answers(name: str) -> None:
    answers, labels, why = WRONG[name]
    with pytest.raises(RuntimeError, match=why):
        said(lambda inputs: np.array(answers), labels)


def test_a_model_that_does_not_know_the_newest_class_yet_is_tested_all_the_same() -> None:
    said(lambda inputs: np.eye(3)[:, :2], [0, 1, 2])
