"""The first small run ever kept: every later version opens it and finds the same numbers.

`fossil/run` was written by version 0.1.0 and is never written again; `fossil/facts.csv` says what
is in it. It has two ranks that saw one sample both, chunks, a session that continues an epoch of
the one before (whose second chunk no longer counts), ids that grew, a sample with logits that were
not finite, one with a gold logit of -inf, one never seen, and an epoch still running.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import RunFolder

FOSSIL = Path(__file__).with_name("fossil")
NAN, INF = np.nan, np.inf


def facts(split: str) -> pd.DataFrame:
    found = pd.read_csv(FOSSIL / "facts.csv", encoding="utf-8")
    return found[found["split"] == split]


@pytest.mark.parametrize(("split", "mode"), [("train", "online"), ("dev", "eval")])
def test_every_fact_is_there_and_no_other(split: str, mode: str) -> None:
    dynamics = carto.load(FOSSIL / "run", split)
    assert dynamics.mode == mode
    expected = facts(split)
    assert dynamics.epochs.tolist() == sorted(set(expected["epoch"]))
    for name in ("loss", "margin", "other_label", "n_seen"):
        wide = expected.pivot(index="epoch", columns="guid", values=name)
        wide = wide.reindex(columns=dynamics.guid).astype(float)
        np.testing.assert_allclose(dynamics.signals[name], wide.to_numpy(), rtol=1e-6)
    gold = expected.drop_duplicates("guid").set_index("guid")["gold"]
    known = gold.reindex(dynamics.guid).fillna(-1).astype(int)
    assert dynamics.gold.tolist() == known.tolist()


def test_metrics_are_those_worked_out_by_hand() -> None:
    found = carto.table(FOSSIL / "run")
    assert found.index.tolist() == ["a/1", "ä", "c", "d", "e", "f"]
    expected: dict[str, list[Any]] = {
        "confidence": [1.55 / 3, 0, 0.8, 0.4, 0.3, NAN],
        "variability": [0.2248456, 0, 0, 0.3, 0.05, NAN],
        "correctness": [2 / 3, 0, 1, 0.5, 0, NAN],
        "threshold_closeness": [0.2497222, 0, 0.16, 0.24, 0.21, NAN],
        "forgetting_events": [1, 0, 0, 0, 0, NAN],
        "first_learned": [0, NAN, 0, 1, NAN, NAN],
        "aum": [0.5 / 3, -INF, 2, 0.5, -0.25, NAN],
        "last_margin": [1.5, -INF, 2, 3, -0.5, NAN],
        "loss_mean": [0.7675284, INF, 0.2231436, 1.32963, 1.2180583, NAN],
        "n_observed": [3, 1, 3, 2, 2, 0],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-6, err_msg=name)
    assert found["region"].tolist()[:5] == [
        "easy-to-learn",
        "hard-to-learn",
        "easy-to-learn",
        "ambiguous",
        "hard-to-learn",
    ]
    assert found["prediction"].tolist()[:5] == [
        "negative",
        "negative",
        "positive",
        "negative",
        "positive",
    ]
    assert found.loc["f"].drop("n_observed").isna().all()


def test_the_epoch_in_flight_and_the_logits_are_there() -> None:
    running = carto.load(FOSSIL / "run", running=True)
    assert running.epochs.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(
        running.signals["gold_probability"][3], [NAN, NAN, 0.8, NAN, NAN, NAN], rtol=1e-6
    )
    logits = running.signals["logits"]
    assert logits.shape == (4, 6, 3)
    np.testing.assert_array_equal(logits[0, 3], np.array([-0.5, -0.5, -INF], np.float32))
    assert np.isnan(logits[0, 1]).all()


def test_the_description_and_a_footer_are_there() -> None:
    run = RunFolder.open(FOSSIL / "run")
    assert (run.description["schema"], run.description["session"]) == (1, 1)
    assert run.description["label_names"] == ["negative", "neutral", "positive"]
    assert run.series() == [Series("dev", "eval"), Series()]
    part = Part(epoch=1, session=1, rank=0, ranks=2, last=True)
    assert run.footer(part)["learning_rate"] == "0.001"


# The first compact run: `fossil/compact`, with its samples. Its facts were worked out apart from
# the code that wrote it: p = softmax of the logits in double precision, rounded to k / 65536, below
# 1/32 to eleven significant bits; margins to nine.
COMPACT = FOSSIL / "compact"


def test_every_fact_of_the_compact_run_is_there() -> None:
    dynamics = carto.load(COMPACT / "run")
    expected = pd.read_csv(COMPACT / "facts.csv", encoding="utf-8")
    assert dynamics.guid.tolist() == ["a/1", "ä", "c", "d", "e", "f"]
    for name in ("gold_probability", "margin", "other_label", "is_correct"):
        wide = expected.pivot(index="epoch", columns="guid", values=name)
        wide = wide.reindex(columns=dynamics.guid).astype(np.float32)
        np.testing.assert_array_equal(dynamics.signals[name], wide.to_numpy(), err_msg=name)
    assert dynamics.signals["loss"][0, 3] == INF
    assert carto.table(COMPACT / "run").loc["a/1", "confidence"] == pytest.approx(
        (51576 + 64665) / 65536 / 2
    )


def test_the_samples_of_the_compact_run_are_there_and_their_hashes_hold() -> None:
    dynamics = carto.load(COMPACT / "run")
    samples = dynamics.samples
    assert samples.loc["d"].to_dict() == {"text": "poor", "stars": 2}
    assert dynamics.difference(samples) == ""
    samples.loc["ä", "stars"] = 2
    assert dynamics.difference(samples) == (
        "1 of 6 samples have changed since they were recorded: 'ä'"
    )
