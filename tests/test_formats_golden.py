"""`load` and the metrics against what the original implementations computed.

Stated renamings: `correctness` is a fraction of the observed epochs (the original: a count);
`forgetting_events` is 0 and `first_learned` missing where a sample was never right (the original:
a forgetfulness of 1000).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto

GOLDEN = Path(__file__).with_name("golden")
NEVER_LEARNED = 1000


def expected(case: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / case / "expected.csv", encoding="utf-8").set_index("guid")


def held_equal(found: pd.DataFrame, golden: pd.DataFrame, suffix: str = "") -> None:
    found = found.loc[golden.index]
    for name in ("confidence", "variability", "threshold_closeness"):
        if name == "threshold_closeness" and suffix:
            continue  # not among the golden columns of fewer epochs
        np.testing.assert_allclose(
            found[name], golden[name + suffix], rtol=0, atol=1e-6, err_msg=name
        )
    count = found["correctness"] * found["n_observed"]
    np.testing.assert_allclose(count, golden["correctness" + suffix], rtol=0, atol=1e-9)
    forgetfulness = golden["forgetfulness" + suffix]
    is_never = forgetfulness == NEVER_LEARNED
    assert found["first_learned"].isna().tolist() == is_never.tolist()
    assert found["forgetting_events"].tolist() == forgetfulness.where(~is_never, 0).tolist()


@pytest.mark.parametrize("case", ["edge", "one_epoch", "missing"])
def test_the_original_gives_the_same_numbers(case: str) -> None:
    found, golden = carto.table(GOLDEN / case), expected(case)
    assert sorted(found.index) == sorted(golden.index)
    held_equal(found, golden)


@pytest.mark.parametrize("case", ["edge", "missing"])
def test_the_aum_package_gives_the_same_numbers(case: str) -> None:
    golden = expected(case)["aum"]
    found = carto.table(GOLDEN / case).loc[golden.index, "aum"]
    np.testing.assert_allclose(found, golden, rtol=1e-6, atol=1e-6)


def test_other_implementations_give_the_same_numbers_on_the_edge() -> None:
    golden = expected("edge")
    found = carto.table(GOLDEN / "edge").loc[golden.index]
    assert found["forgetting_events"].tolist() == golden["toneva_n_events"].tolist()
    np.testing.assert_array_equal(found["first_learned"], golden["toneva_first_learned"])
    # Data-IQ: aleatoric = confidence (1 - confidence) - variability^2
    aleatoric = found["threshold_closeness"] - found["variability"] ** 2
    np.testing.assert_allclose(aleatoric, golden["data_iq_aleatoric"], rtol=0, atol=1e-6)


def test_missing_epochs_stay_missing() -> None:
    golden = expected("missing")
    dynamics = carto.load(GOLDEN / "missing" / "training_dynamics")
    position = {guid: row for row, guid in enumerate(dynamics.guid.tolist())}
    is_there = ~np.isnan(dynamics.signals["gold_probability"])
    for guid, present in golden["epochs_present"].items():
        assert np.flatnonzero(is_there[:, position[str(guid)]]).tolist() == json.loads(present)
    assert carto.table(dynamics).loc[golden.index, "n_observed"].tolist() == (
        golden["n_records"].tolist()
    )


def test_the_first_epochs_alone_are_the_originals_burn_out_by_files() -> None:
    found = carto.table(GOLDEN / "missing", epochs=slice(0, 3))
    held_equal(found, expected("missing"), "_burn_out_3_files")


CASES = GOLDEN / "failure_cases"
A, B, C = 0.6815515, 0.1592243, 0.2119416  # means worked out from the files' logits


@pytest.mark.parametrize(
    ("case", "epochs", "confidence", "n_observed"),
    [
        ("blank_line_at_end", [0, 1], {"a": A}, [2]),
        ("burn_out_0", [0, 1], {"a": A}, [2]),
        ("burn_out_above_epoch_count", [0, 1], {"a": A}, [2]),
        ("duplicate_guid_in_an_epoch", [0, 1], {"a": A, "b": B}, [2, 2]),
        ("empty_epoch_file", [0], {"a": 0.5761169}, [1]),
        ("epochs_numbered_from_1", [1, 2], {"a": A}, [2]),
        ("first_guid_misses_an_epoch", [0, 1], {"a": 0.5761169, "b": B}, [1, 2]),
        ("new_guid_after_epoch_0", [0, 1], {"a": A, "b": B, "c": C}, [2, 2, 1]),
        ("qnli_int_guid", [0, 1], {1233: 0.8059278, 1243: 0.1940722}, [2, 2]),
    ],
)
def test_what_the_original_refuses_or_bends_is_read_right(
    case: str, epochs: list[int], confidence: dict[str | int, float], n_observed: list[int]
) -> None:
    dynamics = carto.load(CASES / case)
    assert dynamics.epochs.tolist() == epochs
    found = carto.table(dynamics).loc[list(confidence)]
    np.testing.assert_allclose(found["confidence"], list(confidence.values()), atol=1e-6)
    assert found["n_observed"].tolist() == n_observed


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("gold_out_of_range", r"epoch_0\.jsonl: gold label 3 of guid 'a' is outside 0\.\.2"),
        ("negative_gold", r"epoch_0\.jsonl: gold label -1 of guid 'a' is outside 0\.\.2"),
        ("single_output_binary_head", r"dynamics_epoch_0\.jsonl: 1 logit a line"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_reason(case: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        carto.load(CASES / case)


def test_every_failure_case_is_answered_here() -> None:
    listed = pd.read_csv(CASES / "expected.csv")["case"].tolist()
    assert sorted(listed) == sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())
    assert len(listed) == 9 + 3


def test_a_duplicate_counts_once_and_is_counted() -> None:
    dynamics = carto.load(CASES / "duplicate_guid_in_an_epoch")
    seen = dict(zip(dynamics.guid.tolist(), dynamics.signals["n_seen"].T.tolist(), strict=True))
    assert sorted(map(sum, seen.values())) == [2, 3]
