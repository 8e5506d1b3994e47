"""The metrics against what the authors' own implementations computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.store.dynamics import TrainingDynamics

GOLDEN = Path(__file__).with_name("golden")


def both(case: str, names: list[str], **how: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our table and the golden one, row by row."""
    expected = pd.read_csv(GOLDEN / case / "expected.csv", encoding="utf-8").set_index("guid")
    return carto.table(GOLDEN / case, names, **how).loc[expected.index], expected


def test_toneva_counts_epochs_to_learn_and_samples_never_learned() -> None:
    found, expected = both("edge", ["epochs_to_learn", "never_learned", "first_learned"])
    assert found["epochs_to_learn"].tolist() == expected["toneva_presentations_needed"].tolist()
    assert found["never_learned"].tolist() == expected["toneva_first_learned"].isna().tolist()
    np.testing.assert_array_equal(found["first_learned"], expected["toneva_first_learned"])


def test_data_iq_gives_the_same_aleatoric_uncertainty() -> None:
    found, expected = both("edge", ["aleatoric"])
    np.testing.assert_allclose(found["aleatoric"], expected["data_iq_aleatoric"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("case", ["edge", "missing", "one_epoch"])
def test_the_original_counts_right_epochs_and_widens_variability(case: str) -> None:
    found, expected = both(case, ["correctness_count", "variability_with_interval"])
    assert found["correctness_count"].tolist() == expected["correctness"].tolist()
    np.testing.assert_allclose(
        found["variability_with_interval"], expected["variability_include_ci"], rtol=0, atol=1e-6
    )


def test_burning_out_after_three_epochs_is_the_first_three_of_them() -> None:
    found, expected = both("missing", ["correctness_count"], epochs=slice(0, 3))
    golden = expected["correctness_burn_out_3_files"]
    assert found["correctness_count"].tolist() == golden.tolist()


def test_data_diet_gives_the_same_el2n() -> None:
    model = pd.read_csv(GOLDEN / "grand" / "linear_softmax.csv")
    weights = pd.read_csv(GOLDEN / "grand" / "weights.csv").to_numpy()
    bias = pd.read_csv(GOLDEN / "grand" / "bias.csv").to_numpy()[:, 0]
    logits = model[["x0", "x1", "x2", "x3"]].to_numpy() @ weights + bias
    dynamics = TrainingDynamics.from_arrays(gold=model["gold"].to_numpy(), logits=logits[None])
    found = carto.table(dynamics, "el2n")["el2n"]
    np.testing.assert_allclose(found, model["el2n"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("case", ["edge", "missing"])
def test_aleatoric_and_variability_add_up_to_threshold_closeness(case: str) -> None:
    found = carto.table(GOLDEN / case, ["aleatoric", "variability", "threshold_closeness"])
    summed = found["aleatoric"] + found["variability"] ** 2
    np.testing.assert_allclose(summed, found["threshold_closeness"], rtol=0, atol=1e-7)


def test_the_authors_of_pruning_methods_get_the_same_numbers() -> None:
    long = pd.read_csv(GOLDEN / "pruning" / "logits.csv")
    expected = pd.read_csv(GOLDEN / "pruning" / "expected.csv")
    logits = long[["z0", "z1", "z2", "z3"]].to_numpy().reshape(-1, len(expected), 4)
    dynamics = TrainingDynamics.from_arrays(gold=expected["gold"].to_numpy(), logits=logits)
    found = carto.table(dynamics, "all")
    found["el2n_epoch_20"] = carto.table(dynamics, "el2n", epochs=[20])["el2n"]
    for name, golden in {
        "dual": expected["dual"] / 10,  # both multiply standard deviations by 10
        "dynamic_uncertainty": expected["dynunc"] / 10,
        "tdds": expected["tdds"],
        "el2n_epoch_20": expected["el2n_epoch_20"],
        "last_entropy": expected["entropy"],
        "forgetting_events": expected["forgetting"],
    }.items():
        np.testing.assert_allclose(found[name], golden, rtol=0, atol=1e-6, err_msg=name)
    corrected = expected["selfie_label_below_0.6"]  # -1 where the uncertainty is higher
    label = found["selfie_label"].astype(int).where(found["selfie_uncertainty"] <= 0.6, -1)
    assert label.tolist() == corrected.tolist()
    assert 0 < (corrected >= 0).sum() < len(corrected)
