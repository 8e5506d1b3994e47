"""Training dynamics of every kind of task, saved in every format that can hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import carto_widget as carto

NAN = np.nan
SEEN = np.array([[1, 1, 0], [1, 1, 1]], bool)


def signal(*values: float) -> Any:
    """(2, 3) float32, missing where a sample was not seen."""
    return np.where(SEEN, np.reshape(values, (2, 3)), NAN).astype(np.float32)


ONE = signal(0.5, 0.25, 0, 1, 0, 2)
SHARES = signal(0.5, 0.25, 0, 1, 0.75, 0.5)
KINDS: dict[str, dict[str, Any]] = {
    "multiclass": {"gold": [2, 0, 1], "loss": ONE, "margin": ONE, "other_label": 1 - SEEN},
    "binary": {
        "gold": [1, 0, 1],
        "loss": ONE,
        "margin": ONE,
        "other_label": [[0, 1, NAN], [0, 1, 0]],
    },
    "soft_labels": {"gold": [1, 0, 1], "loss": ONE, "gold_probability": SHARES},
    "regression": {"gold": [0.5, NAN, -3.25], "error": ONE},
    "multilabel": {
        "gold": [[1, 0], [0, 255], [1, 1]],
        "loss": ONE,
        "share_right": SHARES,
        "weakest_label": signal(0, 1, 0, 1, 0, 1),
    },
    "token_classification": {"gold": [-1] * 3, "loss": ONE, "n_tokens": signal(3, 4, 0, 3, 4, 5)},
    "language_modeling": {"gold": [-1] * 3, "loss": ONE, "n_tokens": signal(3, 4, 0, 3, 4, 5)},
}
OF_CLASSES = ("multiclass", "binary", "soft_labels")


def dynamics(kind: str) -> carto.TrainingDynamics:
    given = dict(KINDS[kind])
    return carto.TrainingDynamics.from_arrays(
        gold=np.array(given.pop("gold"), np.uint8 if kind == "multilabel" else None),
        kind=kind,
        guid=["x", "y", "z"],
        epochs=[0, 4],
        split="dev",
        mode="eval",
        task="head",
        **given,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.parquet", "a.npz", "a.huggingface"])
def test_every_kind_is_read_back_as_it_was(tmp_path: Path, kind: str, name: str) -> None:
    made = dynamics(kind)
    carto.save(made, tmp_path / name)
    found = carto.load(tmp_path / name, "dev")
    assert (found.kind, found.split, found.mode, found.task) == (kind, "dev", "eval", "head")
    assert found.guid.tolist() == ["x", "y", "z"]
    assert found.epochs.tolist() == [0, 4]
    assert found.gold.dtype == made.gold.dtype
    np.testing.assert_array_equal(found.gold, made.gold)
    assert {*made.signals} <= {*found.signals}
    for name_of_signal, values in made.signals.items():
        np.testing.assert_array_equal(found.signals[name_of_signal], values, name_of_signal)
    carto.table(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["model", "a.csv"])
def test_formats_of_one_class_a_sample_refuse_the_rest(
    tmp_path: Path, kind: str, name: str
) -> None:
    if kind not in OF_CLASSES:
        said = rf"this is {kind}; .* multiclass, binary, soft_labels\. Any kind .*'parquet'"
        with pytest.raises(ValueError, match=said):
            carto.save(dynamics(kind), tmp_path / name)
        assert not (tmp_path / name).exists()
    elif name == "a.csv":
        carto.save(dynamics(kind), tmp_path / name)
        found, made = carto.load(tmp_path / name), dynamics(kind)
        np.testing.assert_array_equal(found.signals["loss"], made.signals["loss"])


def test_margins_of_each_label_are_kept(tmp_path: Path) -> None:
    margins = np.where(SEEN[..., None], np.arange(12).reshape(2, 3, 2), NAN)
    made = carto.TrainingDynamics.from_arrays(
        gold=np.array([[1, 0], [0, 1], [1, 1]], np.uint8),
        kind="multilabel",
        label_names=["joy", "fear"],
        loss=ONE,
        label_margin=margins,
    )
    for name in ("a.npz", "a.huggingface"):
        carto.save(made, tmp_path / name)
        found = carto.load(tmp_path / name)
        assert found.label_names == ["joy", "fear"]
        np.testing.assert_array_equal(found.signals["label_margin"], margins)
        assert carto.table(found.of_label("fear")).shape[0] == 3


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ([0.5, 2.0], r"guid 'x' changes from 0\.5 to 2\.0"),
        ([0.5, NAN], r"changes from 0\.5 to nan"),
    ],
)
def test_a_number_to_be_learned_does_not_change(tmp_path: Path, later: Any, said: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = carto.TrainingDynamics.from_arrays(
        gold=[0.5], guid=["x"], kind="regression", error=[[1.0], [2.0]]
    )
    carto.save(made, tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    table = table.set_column(2, "gold", pa.array(later, pa.float32()))
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=said):
        carto.load(tmp_path / "a.parquet")
