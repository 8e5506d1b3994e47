"""TrainingDynamics of arrays and long DataFrames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from carto_widget.metrics.table import table
from carto_widget.store.dynamics import TrainingDynamics
from carto_widget.store.rows import Rows
from carto_widget.store.run.ids import Ids
from carto_widget.store.run.parts import Part, Series
from carto_widget.store.run.run import RunFolder

NAN = np.nan


def test_arrays_are_the_signals_and_the_rest_follows() -> None:
    made = TrainingDynamics.from_arrays(
        gold=[0, 1],
        guid=["a", "b"],
        epochs=[2, 5],
        loss=[[0.0, np.log(2)], [NAN, np.inf]],
        margin=[[1.0, 0.0], [NAN, -np.inf]],
        other_label=[[1, 0], [1, 0]],
        label_names=["no", "yes"],
    )
    assert made.epochs.tolist() == [2, 5]
    assert made.label_names == ["no", "yes"]
    expected: dict[str, list[Any]] = {
        "gold_probability": [[1, 0.5], [NAN, 0]],
        "prediction": [[0, 0], [NAN, 0]],
        "is_correct": [[1, 0], [NAN, 0]],
        "other_probability": [[np.exp(-1), 0.5], [NAN, NAN]],
    }
    for name, values in expected.items():
        assert made.signals[name].dtype == np.float32
        np.testing.assert_allclose(made.signals[name], values, rtol=1e-6)


def test_a_signal_that_does_not_follow_is_not_there() -> None:
    made = TrainingDynamics.from_arrays(gold=[0], gold_probability=[[0.25]])
    assert set(made.signals) == {"gold_probability", "loss"}
    assert made.signals["loss"].tolist() == [[pytest.approx(np.log(4))]]
    with pytest.raises(KeyError, match=r"no signal 'margin' on record; there are gold_prob"):
        made.signals["margin"]
    assert "margin" not in made.signals


def test_correctness_follows_from_predictions_alone() -> None:
    made = TrainingDynamics.from_arrays(gold=[0, 1], prediction=[[0, 0], [NAN, 1]])
    np.testing.assert_array_equal(made.signals["is_correct"], [[1, 0], [NAN, 1]])


def test_logits_give_loss_margin_and_prediction() -> None:
    made = TrainingDynamics.from_arrays(gold=[0, 1], logits=[[[2.0, 0.0], [3.0, 1.0]]])
    # ln(1 + e^-2) = 0.1269280, ln(1 + e^2) = 2.1269280
    np.testing.assert_allclose(made.signals["loss"], [[0.1269280, 2.1269280]], atol=1e-6)
    assert made.signals["margin"].tolist() == [[2.0, -2.0]]
    assert made.signals["prediction"].tolist() == [[0.0, 0.0]]
    assert made.signals["logits"].shape == (1, 2, 2)


def test_logits_of_no_epoch_are_dynamics_of_no_epoch() -> None:
    made = TrainingDynamics.from_arrays(gold=[0, 1], logits=np.empty((0, 2, 3)))
    assert made.signals["loss"].shape == (0, 2)
    assert table(made)["n_observed"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"gold": [0]}, "no signals"),
        ({"gold": [0], "loss": [0.5]}, r"'loss' has shape \(1,\), expected \(1, 1\)"),
        ({"gold": [0], "loss": [[0.5, 1.0]]}, r"has shape \(1, 2\), expected \(1, 1\)"),
        ({"gold": [0.5], "loss": [[0.5]]}, r"expected \(N,\) integer labels"),
        ({"gold": [0], "loss": [[0.5]], "epochs": [1, 0]}, "expected 1 ascending numbers"),
        ({"gold": [0, 0], "guid": [7, 7], "loss": [[1, 1]]}, "these repeat: 7"),
        ({"gold": [0, 0], "guid": [7], "loss": [[1, 1]]}, "1 guids for 2 gold labels"),
        ({"gold": [0], "logits": [[[0.5]]]}, "single logit"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TrainingDynamics.from_arrays(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_a_long_frame_is_spread_in_order_of_first_appearance() -> None:
    frame = pd.DataFrame(
        {
            "id": ["b", "a", "b", "b"],
            "step": [0, 0, 4, 4],
            "label": ["pos", "neg", "pos", "pos"],
            "gold_probability": [0.1, 0.2, 0.3, 0.9],
            "text": ["t", "u", "t", "t"],
        }
    )
    made = TrainingDynamics.from_frame(frame, guid="id", epoch="step", gold="label")
    assert made.guid.tolist() == ["b", "a"]
    assert made.gold.tolist() == [1, 0]
    assert made.label_names == ["neg", "pos"]
    assert made.epochs.tolist() == [0, 4]
    np.testing.assert_allclose(
        made.signals["gold_probability"], [[0.1, 0.2], [0.3, NAN]], rtol=1e-6
    )
    np.testing.assert_array_equal(made.signals["n_seen"], [[1, 1], [2, NAN]])


def test_a_frame_of_a_strange_shape_is_refused() -> None:
    frame = pd.DataFrame({"guid": [1, 1], "epoch": [0, 1], "gold": [0, 1], "loss": [0.5, 0.5]})
    with pytest.raises(ValueError, match="gold label of guid 1 changes from 0 to 1 in epoch 1"):
        TrainingDynamics.from_frame(frame)
    with pytest.raises(ValueError, match="no column 'guid'; there are a"):
        TrainingDynamics.from_frame(pd.DataFrame({"a": [1]}))
    named = frame.assign(gold=["x", "x"])
    with pytest.raises(ValueError, match="'x' is not among label_names"):
        TrainingDynamics.from_frame(named, label_names=["y"])


def test_a_repr_says_what_there_is() -> None:
    made = TrainingDynamics.from_arrays(gold=[0] * 1500, loss=np.zeros((2, 1500)), split="dev")
    assert repr(made) == (
        "TrainingDynamics(dev, online, main: 1,500 samples, 2 epochs (0 to 1); "
        "signals loss, gold_probability)"
    )


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run")
    run.add_ids("train", Ids(np.arange(1000), np.arange(1000)))
    one = np.ones(1000)
    noise = np.random.default_rng(0).normal(size=1000)
    run.write(Part(last=True), Rows.of_classes(np.arange(1000), one, one, noise, one, one))
    file = Path(run.path, Part(last=True).path)
    data = bytearray(file.read_bytes())
    dynamics = TrainingDynamics.of_run(RunFolder.open(run.path), Series())
    place = pq.ParquetFile(file).metadata.row_group(0).column(4)
    assert place.path_in_schema == "margin"
    data[place.data_page_offset + place.total_compressed_size // 2] ^= 255
    file.write_bytes(bytes(data))
    assert dynamics.signals["gold_probability"].shape == (1, 1000)
    with pytest.raises(ValueError, match="damaged"):
        dynamics.signals["margin"]
