"""Subsets: which samples, in which order, against the original's filtering."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carto_widget as carto
from carto_widget.datawork.original import write_filtered
from carto_widget.store.dynamics import TrainingDynamics

GOLDEN = Path(__file__).with_name("golden") / "missing"
FILTERED = json.loads((GOLDEN / "filtering.json").read_text(encoding="utf-8"))
HOW: dict[str, dict[str, Any]] = {
    "first": {},
    "worst": {"worst": True},
    "both_ends": {"both_ends": True},
}
FRACTIONS = {"0.01": 0.01, "0.33": 0.3319}
NAN = np.nan


def dynamics(probability: Any, **more: Any) -> TrainingDynamics:
    """Of gold probabilities (E, N), right where above a half."""
    p = np.array(probability, float)
    right = np.where(np.isnan(p), NAN, p > 0.5)
    return TrainingDynamics.from_arrays(
        gold=np.zeros(p.shape[1], int), gold_probability=p, is_correct=right, **more
    )


STAY = [[0.1, 0.5, 0.3, 0.9, 0.7, NAN]] * 2  # the same in both epochs


@pytest.mark.filterwarnings("ignore:subset")
@pytest.mark.parametrize("fraction", FRACTIONS)
@pytest.mark.parametrize(
    ("metric", "how"),
    [
        ("variability", "first"),
        *[(metric, how) for metric in ("confidence", "threshold_closeness") for how in HOW],
    ],
)
def test_the_original_filters_the_same_samples_in_the_same_order(
    metric: str, how: str, fraction: str
) -> None:
    found = carto.subset(
        GOLDEN, metric=metric, fraction=FRACTIONS[fraction], compat=True, **HOW[how]
    )
    assert found.index.tolist() == FILTERED[metric][how][fraction]


@pytest.mark.filterwarnings("ignore:subset")
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    ("metric", "golden"),
    [
        ("correctness_count", "correctness"),
        ("forgetting_events", "forgetfulness"),
        ("variability", "variability"),  # 0 where there is one record
    ],
)
def test_where_values_are_tied_the_original_takes_as_many_of_each(
    metric: str, golden: str, how: str
) -> None:
    expected = FILTERED[golden][how]["0.33"]
    found = carto.subset(GOLDEN, metric=metric, fraction=0.3319, compat=True, **HOW[how])
    table = carto.table(GOLDEN, [metric, "never_learned"])
    np.testing.assert_allclose(found[metric], table.loc[expected, metric], rtol=0, atol=1e-6)
    if metric != "variability":
        never = table.loc[found.index, "never_learned"].tolist()
        assert never == table.loc[expected, "never_learned"].tolist()


def test_the_fraction_is_of_the_observed_samples_and_exact() -> None:
    made = dynamics(STAY)
    for fraction, n in ((0.2, 1), (0.4, 2), (0.59, 2), (0.6, 3), (1, 5)):
        assert len(carto.subset(made, metric="confidence", fraction=fraction)) == n
    assert carto.subset(made, metric="confidence").index.tolist() == [0]  # a third of five
    assert len(carto.subset(made, metric="confidence", fraction=0.5, compat=True)) == 3 + 1


def test_the_hardest_come_first_and_the_other_end_is_worst() -> None:
    made = dynamics(STAY)
    first = carto.subset(made, metric="confidence", fraction=0.6)
    assert first.index.tolist() == [0, 2, 1]
    assert first.columns.tolist() == ["gold", "confidence", "reason"]
    assert first["reason"].tolist()[:2] == [
        "confidence 0.1: 1 of 5, lowest first",
        "confidence 0.3: 2 of 5, lowest first",
    ]
    worst = carto.subset(made, metric="confidence", fraction=0.6, worst=True)
    assert worst.index.tolist() == [3, 4, 1]
    both = carto.subset(made, metric="confidence", fraction=0.8, both_ends=True)
    assert both.index.tolist() == [0, 2, 4, 3]  # int(4 x 0.7) = 2 from the top


def test_ties_go_to_the_lower_row_at_either_end() -> None:
    made = dynamics([[0.5] * 5 + [0.4]])
    assert carto.subset(made, metric="confidence", fraction=0.5).index.tolist() == [5, 0, 1]
    worst = carto.subset(made, metric="confidence", fraction=0.5, worst=True)
    assert worst.index.tolist() == [0, 1, 2]


def test_samples_never_learned_count_as_forgotten_most() -> None:
    # forgotten once, never right, learned for good
    made = dynamics([[0.9, 0.1, 0.1], [0.2, 0.2, 0.9], [0.9, 0.3, 0.9]])
    by_events = carto.subset(made, metric="forgetting_events", fraction=1)
    assert by_events.index.tolist() == [1, 0, 2]
    assert by_events["forgetting_events"].tolist() == [0, 1, 0]
    assert carto.subset(made, metric="first_learned", fraction=1).index.tolist() == [1, 2, 0]
    late = carto.subset(made, metric="first_learned", threshold=1)
    assert late.index.tolist() == [1, 2]


def test_a_threshold_takes_its_own_side_and_itself() -> None:
    made = dynamics(STAY)
    assert carto.subset(made, metric="confidence", threshold=0.5).index.tolist() == [0, 2, 1]
    easy = carto.subset(made, metric="confidence", threshold=0.7, worst=True)
    assert easy.index.tolist() == [3, 4]
    assert carto.subset(made, metric="confidence", threshold=0.01).empty


def test_epochs_say_which_count() -> None:
    made = dynamics([[0.1, 0.2], [0.8, 0.3]])
    early = carto.subset(made, metric="confidence", fraction=0.5, epochs=slice(0, 1))
    late = carto.subset(made, metric="confidence", fraction=0.5, epochs=slice(1, None))
    assert (early.index.tolist(), late.index.tolist()) == ([0], [1])
    assert (early.attrs["epochs"], late.attrs["epochs"]) == ([0], [1])


def test_a_tiny_subset_of_ambiguous_samples_warns() -> None:
    wide = np.linspace(0, 0.4, 60)
    made = dynamics([0.5 + wide, 0.5 - wide])
    with pytest.warns(UserWarning, match="all 6 of 60 samples are ambiguous"):
        carto.subset(made, fraction=0.1)
    carto.subset(made, fraction=0.3)  # not so few
    carto.subset(made, fraction=0.1, both_ends=True)  # not all ambiguous


def test_what_makes_no_sense_is_refused() -> None:
    made = dynamics(STAY)
    for fraction in (0, -0.1, 1.5, NAN):
        with pytest.raises(ValueError, match="expected a number above 0 and at most 1"):
            carto.subset(made, fraction=fraction)
    with pytest.raises(ValueError, match="threshold and fraction exclude each other"):
        carto.subset(made, fraction=0.1, threshold=0.5)
    with pytest.raises(ValueError, match="threshold and both_ends exclude each other"):
        carto.subset(made, both_ends=True, threshold=0.5)
    with pytest.raises(ValueError, match="'region' is a category, which has no order"):
        carto.subset(made, metric="region")
    with pytest.raises(ValueError, match="'aum' needs margin"):
        carto.subset(made, metric="aum")


def test_nothing_observed_gives_no_rows() -> None:
    assert carto.subset(dynamics([[NAN, NAN]]), fraction=1).empty
    assert carto.subset(dynamics(np.zeros((1, 0))), fraction=1).empty


def test_the_files_are_the_originals(tmp_path: Path) -> None:
    task = tmp_path / "glue" / "WINOGRANDE"
    task.mkdir(parents=True)
    lines = ["sentence\tid\tlabel", "first\ta\t0", "second\tb\t1", "third\tc\t0 "]
    (task / "train.tsv").write_text("\n".join(lines) + "\n")
    for name in ("dev.tsv", "test.tsv"):
        (task / name).write_text(name)
    made = dynamics([[0.5, 0.9, 0.1]], guid=["a", "b", "c"])
    chosen = carto.subset(made, metric="confidence", fraction=0.3319, compat=True)
    written = write_filtered(chosen, task, tmp_path / "out")
    assert written == tmp_path / "out" / "cartography_confidence_0.33" / "WINOGRANDE" / "train.tsv"
    assert written.read_text() == "sentence\tid\tlabel\nthird\tc\t0\n"
    assert (written.parent / "dev.tsv").read_text() == "dev.tsv"
    assert (written.parent / "test.tsv").read_text() == "test.tsv"
    said = json.loads((tmp_path / "out" / "filtering_configs.json").read_text())
    assert (said["metric"], said["fraction"], said["worst"]) == ("confidence", 0.3319, False)
    with pytest.raises(ValueError, match=r"no column of train\.tsv has all 1 guids"):
        write_filtered(chosen.rename({"c": "d"}), task, tmp_path / "out")
