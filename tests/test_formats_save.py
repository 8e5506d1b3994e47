"""`save`: what is written is what is read back, and what other tools' readers expect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto
from carto_widget.formats.json_lines import are_halves, sharpened

GOLDEN = Path(__file__).with_name("golden")
FIVE = ["confidence", "variability", "correctness", "forgetting_events", "aum"]


def recorded(
    path: Path, logits: Literal["float16", "float32"], n_epochs: int = 3
) -> carto.TrainingDynamics:
    rng = np.random.default_rng(5)
    gold = rng.integers(0, 4, 50)
    with carto.Recorder(path, logits=logits, label_names=["a", "b", "c", "d"]) as recorder:
        for _ in range(n_epochs):
            probabilities = rng.dirichlet(np.full(4, 0.3), 50)
            recorder.log_epoch(probabilities, gold, guid=[f"g{i}" for i in range(50)])
    return carto.load(path, mode="eval")


def by_the_originals_rules(model_dir: Path) -> dict[Any, dict[str, Any]]:
    """What its reader makes of a folder: epochs 0.., every guid in the first, no other file."""
    found: dict[Any, dict[str, Any]] = {}
    folder = model_dir / "training_dynamics"
    for epoch in range(len(list(folder.iterdir()))):
        for line in (folder / f"dynamics_epoch_{epoch}.jsonl").read_text().splitlines():
            record = json.loads(line.strip())
            if record["guid"] not in found:
                assert epoch == 0
                found[record["guid"]] = {"gold": record["gold"], "logits": []}
            found[record["guid"]]["logits"].append(record[f"logits_epoch_{epoch}"])
    return found


@pytest.mark.parametrize("kept", ["float16", "float32"])
def test_json_lines_give_the_original_our_numbers(
    tmp_path: Path, kept: Literal["float16", "float32"]
) -> None:
    dynamics = recorded(tmp_path / "run", kept)
    carto.save(dynamics, tmp_path / "model")
    ours = carto.table(dynamics)
    for guid, record in by_the_originals_rules(tmp_path / "model").items():
        logits = np.array(record["logits"])
        powers = np.exp(logits - logits.max(1, keepdims=True))
        probability = (powers / powers.sum(1, keepdims=True))[:, record["gold"]]
        row = ours.loc[guid]
        assert probability.mean() == pytest.approx(row["confidence"], abs=1e-6)
        assert probability.std() == pytest.approx(row["variability"], abs=1e-6)
        is_right = logits.argmax(1) == record["gold"]
        assert is_right.mean() == pytest.approx(row["correctness"])
    said = (tmp_path / "model" / "training_dynamics.txt").read_text()
    assert ("16-bit" in said) == (kept == "float16")
    assert "The original's own code reads these files." in said


@pytest.mark.parametrize("name", ["model", "long.parquet", "long.csv", "arrays.npz"])
@pytest.mark.parametrize("case", ["edge", "missing", "failure_cases/qnli_int_guid"])
def test_what_is_saved_is_read_back(tmp_path: Path, case: str, name: str) -> None:
    dynamics = carto.load(GOLDEN / case)
    carto.save(dynamics, tmp_path / name)
    back = carto.load(tmp_path / name)
    assert sorted(back.guid.tolist()) == sorted(dynamics.guid.tolist())
    assert back.epochs.tolist() == dynamics.epochs.tolist()
    expected = carto.table(dynamics)
    found = carto.table(back).loc[expected.index]
    pd.testing.assert_frame_equal(found[FIVE], expected[FIVE], rtol=0, atol=1e-6)
    assert found["gold"].tolist() == expected["gold"].tolist()


@pytest.mark.parametrize("name", ["long.parquet", "long.csv", "arrays.npz"])
def test_signals_are_saved_bit_by_bit(tmp_path: Path, name: str) -> None:
    dynamics = recorded(tmp_path / "run", "float16")
    carto.save(dynamics, tmp_path / name)
    found = carto.load(tmp_path / name, mode=None if name.endswith("csv") else "eval")
    assert len(found.signals) >= 8
    for signal in found.signals:
        np.testing.assert_array_equal(found.signals[signal], dynamics.signals[signal], signal)
    if not name.endswith("csv"):
        assert (found.mode, found.label_names) == ("eval", ["a", "b", "c", "d"])


def test_a_path_is_as_good_as_what_it_holds(tmp_path: Path) -> None:
    carto.save(GOLDEN / "one_epoch", str(tmp_path / "x.dat"), "csv")
    assert len(carto.load(tmp_path / "x.dat").guid) == 30


def test_infinities_and_gaps_survive(tmp_path: Path) -> None:
    logits = [[[-np.inf, 0.0], [np.nan, 1.0]], [[1.0, -np.inf], [0.0, 1.0]]]
    dynamics = carto.TrainingDynamics.from_arrays(
        gold=[0, 1], epochs=[2, 5], logits=logits, n_seen=np.ones((2, 2))
    )
    assert dynamics.signals["margin"].tolist()[0][0] == -np.inf
    for name in ("model", "long.parquet", "long.csv", "arrays.npz"):
        carto.save(dynamics, tmp_path / name)
        back = carto.load(tmp_path / name)
        np.testing.assert_array_equal(back.signals["margin"], dynamics.signals["margin"], name)
        np.testing.assert_array_equal(back.signals["loss"], dynamics.signals["loss"], name)
    said = (tmp_path / "model" / "training_dynamics.txt").read_text()
    assert "does not read these files rightly: its epochs must be numbered 0, 1, 2" in said
    assert "every sample must be in its first epoch, without null" in said


def test_two_classes_need_no_logits_on_record(tmp_path: Path) -> None:
    loss = np.array([[0.1, np.log(2), 3.0]], np.float32)
    margin = np.array([[2.2521687, 0, -2.9489]], np.float32)
    dynamics = carto.TrainingDynamics.from_arrays(
        gold=[0, 1, 1],
        label_names=["no", "yes"],
        loss=loss,
        margin=margin,
        other_label=[[1, 0, 0]],
    )
    carto.save(dynamics, tmp_path)
    back = carto.load(tmp_path)
    np.testing.assert_allclose(back.signals["loss"], loss, atol=1e-4)
    np.testing.assert_allclose(back.signals["margin"], margin, atol=1e-6)
    assert "two classes, from loss and margin" in (tmp_path / "training_dynamics.txt").read_text()


def test_halves_are_told_by_their_bits_and_their_sum() -> None:
    whole = np.log([[0.7, 0.2, 0.1], [0.01, 0.98, 0.01]]).astype(np.float32)
    assert not are_halves(whole)
    assert are_halves(whole.astype(np.float16).astype(np.float32))
    assert not are_halves(
        np.array([[1, 0, 0], [2, 0, 0]], np.float32)
    )  # 16 bits, but no log-probabilities


def test_sharpened_halves_keep_the_runner_up_on_top_of_the_rest() -> None:
    p = np.array([[0.2, 0.39999, 0.40001]])  # classes 1 and 2 are equal in 16 bits
    halves = np.log(p).astype(np.float16).astype(np.float32)
    loss = -np.log(p[:, 0]).astype(np.float32)
    margin = np.log(p[:, 0] / p[:, 2]).astype(np.float32)
    sharp = sharpened(halves, np.array([0], np.int32), loss, margin, np.array([2], np.float32))
    assert sharp.argmax(1).tolist() == [2]
    np.testing.assert_allclose(np.exp(sharp), p, rtol=3e-5)


@pytest.mark.parametrize(
    ("path", "how", "said"),
    [
        ("x.parket", None, r"'x\.parket' as 'parket'.*Did you mean format='parquet'"),
        ("x.jsonl", None, r"jsonl: a folder"),
        ("x", "feather", "the formats are jsonl, parquet, csv, npz, huggingface"),
    ],
)
def test_an_unknown_format_names_the_nearest(
    tmp_path: Path, path: str, how: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        carto.save(GOLDEN / "edge", tmp_path / path, how)


def test_json_lines_are_not_made_up_or_mixed(tmp_path: Path) -> None:
    bare = carto.TrainingDynamics.from_arrays(gold=[0], loss=[[1.0]], margin=[[1.0]])
    with pytest.raises(ValueError, match=r"hold no logits.*save as \.parquet"):
        carto.save(bare, tmp_path / "a")
    carto.save(GOLDEN / "edge", tmp_path / "b")
    with pytest.raises(ValueError, match="epochs of two runs would be mixed"):
        carto.save(GOLDEN / "edge", tmp_path / "b" / "training_dynamics")
