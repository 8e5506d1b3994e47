"""Tables whose columns a tool or a person has named: exports of Weights & Biases, JSON, CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import carto_widget as carto

NAN = np.nan
# What a loop logs as a wandb.Table once an epoch, put together.
TABLE: dict[str, Any] = {
    "_type": "table",
    "columns": ["id", "epoch", "label", "pred", "loss"],
    "data": [
        ["a", 0, "cat", "cat", 0.5],
        ["b", 0, "dog", "cat", 2.0],
        ["a", 1, "cat", "owl", 0.25],
        ["b", 1, "dog", "dog", None],
    ],
}
HISTORY = """\
_step,_runtime,_timestamp,sample_id,label,gold_prob
0,1.5,1700000000.0,7,1,0.5
0,1.6,1700000000.1,8,0,0.25
3,9.5,1700000009.0,7,1,0.75
3,9.6,1700000009.1,8,0,0.125
"""


def written(file: Path, value: Any) -> Path:
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


@pytest.mark.parametrize("how", ["table", "split", "records", "csv", "parquet", "lines"])
def test_a_table_of_weights_and_biases_in_every_export(tmp_path: Path, how: str) -> None:
    frame = pd.DataFrame(TABLE["data"], columns=TABLE["columns"])
    file = tmp_path / "export"
    if how in ("table", "split"):
        written(file, TABLE if how == "table" else frame.to_json(orient="split", index=False))
    elif how in ("records", "lines"):
        written(file, frame.to_json(orient="records", lines=how == "lines"))
    else:
        (frame.to_csv if how == "csv" else frame.to_parquet)(file, index=False)
    found = carto.load(file)
    assert (found.guid.tolist(), found.label_names) == (["a", "b"], ["cat", "dog", "owl"])
    assert found.gold.tolist() == [0, 1]
    np.testing.assert_array_equal(found.signals["loss"], [[0.5, 2], [0.25, NAN]])
    np.testing.assert_array_equal(found.signals["prediction"], [[0, 0], [2, 1]])
    assert carto.table(found)["correctness"].tolist() == [0.5, 0.5]


def test_steps_of_a_history_are_epochs_and_its_clocks_no_signals(tmp_path: Path) -> None:
    found = carto.load(written(tmp_path / "history.csv", HISTORY))
    assert (found.guid.tolist(), found.epochs.tolist()) == ([7, 8], [0, 3])
    assert {*found.signals} == {"gold_probability", "loss", "n_seen"}
    assert found.signals["gold_probability"].tolist() == [[0.5, 0.25], [0.75, 0.125]]


def test_an_epoch_is_preferred_to_a_step(tmp_path: Path) -> None:
    lines = HISTORY.splitlines()
    rows = [lines[0] + ",epoch", *(f"{line},{i // 2 + 5}" for i, line in enumerate(lines[1:]))]
    found = carto.load(written(tmp_path / "history.csv", "\n".join(rows)))
    assert found.epochs.tolist() == [5, 6]


def test_a_history_without_samples_says_what_is_missing(tmp_path: Path) -> None:
    text = "_step,_runtime,_timestamp,train/loss\n0,1.5,1700000000.0,0.5\n"
    said = (
        r"history\.csv: no column for guid \(guid, sample_id, .*\); gold \(gold, label, .*\); "
        r"there are _step, .*train/loss.*TrainingDynamics\.from_frame"
    )
    with pytest.raises(ValueError, match=said):
        carto.load(written(tmp_path / "history.csv", text))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({**TABLE, "data": [["a", 0]]}, "as many values a row"),
        ({**TABLE, "data": 3}, "as many values a row"),
        ([{"id": 1, "epoch": 0, "label": 0, "loss": 1}, 3], "expected a list of objects"),
        ([{"id": 1, "epoch": 0, "label": 0, "loss": "x"}], "no column of numbers beside"),
        ([{"id": 1, "epoch": 0, "label": 0, "loss": [1, "x"]}], "damaged|no column of numbers"),
        ('{"columns":["id","epoch","label","loss"],"data":[[1,0,0,1]', "not JSON"),
        ('{"columns":["id","epoch","label","loss"],"data":' + "[" * 100_000, "not JSON"),
    ],
)
def test_json_that_is_no_table_is_named(tmp_path: Path, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=rf"table\.json: .*({said})"):
        carto.load(written(tmp_path / "table.json", value))


def test_one_json_value_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carto_widget.formats.whole_json.MAX_LINE", 20)
    with pytest.raises(ValueError, match="over 20 bytes; export it as Parquet or CSV"):
        carto.load(written(tmp_path / "table.json", TABLE))


def test_our_names_come_before_others_and_case_does_not_matter(tmp_path: Path) -> None:
    text = "ID,Epoch,Label,gold,guid,Loss\n1,0,1,0,x,0.5\n2,0,0,1,y,0.5\n"
    found = carto.load(written(tmp_path / "x.csv", text))
    assert (found.guid.tolist(), found.gold.tolist()) == (["x", "y"], [0, 1])
    assert found.signals["loss"].tolist() == [[0.5, 0.5]]


def test_rows_with_lists_of_classes_are_logits(tmp_path: Path) -> None:
    lines = [{"guid": "a", "epoch": epoch, "gold": 1, "logits": [0, epoch, 1]} for epoch in (0, 4)]
    found = carto.load(written(tmp_path / "x.json", "\n".join(map(json.dumps, lines))))
    assert found.signals["margin"].tolist() == [[-1], [3]]
    frame = pd.DataFrame({"guid": [1], "epoch": [0], "gold": [0], "pred_probs": [[0.75, 0.25]]})
    frame.to_parquet(tmp_path / "x.parquet")
    assert carto.load(tmp_path / "x.parquet").signals["gold_probability"].tolist() == [[0.75]]


def test_lists_without_values_take_no_room(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    nothing = pa.ListArray.from_arrays(pa.array([0, 30_000_000]), pa.nulls(30_000_000))
    pq.write_table(pa.table({"label": [0], "loss": nothing}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=r"claims 30,000,000 rows|damaged"):
        carto.load(tmp_path / "x.parquet")
