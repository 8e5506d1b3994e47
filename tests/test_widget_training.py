"""The map on a real recorder, in a real training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset
from widget_page import until

import carto_widget as carto
from carto_widget.widget import drawing

N = 120


def dataset() -> TensorDataset:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(N, 4, generator=generator)
    return TensorDataset(x, (x @ torch.randn(4, 3, generator=generator)).argmax(1))


def samples_of(data: TensorDataset) -> pd.DataFrame:
    texts = [f"sample {i}" for i in range(N)]
    index = [f"g{i}" for i in range(N)]
    return pd.DataFrame({"text": texts, "label": data.tensors[1].numpy()}, index=index)


def trained(
    recorder: carto.Recorder, loader: DataLoader[Any], *, epochs: int = 4
) -> dict[str, torch.Tensor]:
    """Weights after some epochs from a fixed start."""
    torch.manual_seed(1)
    model = torch.nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(epochs):
        for x, gold in loader:
            logits = model(x)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits, gold).backward()
            optimizer.step()
            recorder.log(logits, gold)
    return model.state_dict()


def tracked(**more: Any) -> tuple[carto.Recorder, DataLoader[Any]]:
    data = dataset()
    recorder = carto.Recorder(samples=samples_of(data), gold="label", **more)
    return recorder, recorder.track(DataLoader(data, batch_size=8, shuffle=True))


def test_after_training_the_map_shows_what_the_table_says() -> None:
    recorder, loader = tracked()
    datamap = carto.DataMap(recorder)
    trained(recorder, loader)
    recorder.close()
    until(lambda: datamap.snapshot.get("status", {}).get("word") == "ended")
    saved, table = datamap.snapshot, carto.table(recorder)
    for buffer, (name, high) in enumerate({"variability": 0.5, "confidence": 1.0}.items()):
        shown = np.frombuffer(saved["buffers"][buffer], "<u2") / 65533 * high
        np.testing.assert_allclose(shown, table[name], atol=high / 65533 + 8e-6)
    assert saved["frame"]["epoch"] == 3
    assert saved["status"]["badge"] == f"identity checked on {N} samples"
    datamap.close()


def test_a_selection_has_the_rows_of_samples_and_of_table() -> None:
    recorder, loader = tracked(label_names=["a", "b", "c"])
    datamap = carto.DataMap(recorder)
    trained(recorder, loader)
    datamap.select(["g7", "g3"])
    rows = datamap.selection
    assert rows.index.tolist() == ["g3", "g7"]
    assert rows["text"].tolist() == ["sample 3", "sample 7"]
    table = carto.table(recorder).loc[rows.index]
    pd.testing.assert_frame_equal(rows[table.columns], table, check_names=False)
    datamap.close()


def test_training_through_a_fault_in_drawing_ends_with_the_same_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(2)
    recorder, loader = tracked()
    plain = trained(recorder, loader)

    monkeypatch.setattr(drawing, "encode", lambda *_: 1 / 0)
    torch.manual_seed(2)
    recorder, loader = tracked()
    datamap = carto.DataMap(recorder)
    datamap.on_select(lambda _: 1 / 0)
    datamap.select(["g0"])
    faulty = trained(recorder, loader)
    until(lambda: "ZeroDivisionError" in repr(datamap))
    assert all(torch.equal(plain[name], faulty[name]) for name in plain)
    assert len(carto.table(recorder)) == N
    datamap.close()


@pytest.mark.parametrize("guid", [None, "id"])
def test_a_map_of_a_subset_shows_its_own_samples(guid: str | None) -> None:
    data = dataset()
    samples = samples_of(data).reset_index(drop=True)
    samples["id"] = np.arange(N)[::-1]  # names that are also numbers of other rows
    recorder = carto.Recorder(samples=samples, gold="label", guid=guid)
    rows = [5, 80, 3, 77]
    loader = recorder.track(DataLoader(Subset(data, rows), batch_size=2, shuffle=True))
    datamap = carto.DataMap(recorder)
    trained(recorder, loader)
    recorder.close()
    until(lambda: datamap.snapshot.get("status", {}).get("word") == "ended")
    datamap.select(np.ones(4, bool))
    expected = samples.loc[sorted(rows)]
    assert datamap.selection["text"].tolist() == expected["text"].tolist()
    names = expected.index if guid is None else expected["id"]
    assert datamap.selection.index.tolist() == names.tolist()
    datamap.close()


def test_a_loop_that_names_its_samples_is_drawn_as_they_come() -> None:
    recorder = carto.Recorder()
    datamap = carto.DataMap(recorder)
    gold = torch.tensor([0, 1])
    recorder.log(torch.randn(2, 3), gold, guid=["b", "a"], mode="online")
    recorder.log(torch.randn(2, 3), gold, guid=["d", "c"], mode="online")
    recorder.end_epoch()
    until(lambda: len(datamap.snapshot.get("buffers", ())) > 0 and datamap.snapshot["rows"] == 4)
    datamap.select(["a", "d"])
    assert datamap.selection.index.tolist() == ["a", "d"]
    assert datamap.selection["n_observed"].tolist() == [1, 1]
    recorder.close()
    datamap.close()


def test_a_run_on_disk_is_drawn_from_its_path(tmp_path: Any) -> None:
    recorder, loader = tracked(run=tmp_path / "run")
    trained(recorder, loader)
    recorder.close()
    data = dataset()
    datamap = carto.DataMap(tmp_path / "run", samples=samples_of(data))
    datamap.select(["g5"])
    assert datamap.selection["text"].tolist() == ["sample 5"]
    assert datamap.snapshot["status"]["text"] == "ended: 4 epochs on record"
    datamap.close()


def test_a_validation_split_is_a_map_of_its_own() -> None:
    data = dataset()
    recorder = carto.Recorder()
    train = recorder.track(DataLoader(data, batch_size=8, shuffle=True))
    held = recorder.track(DataLoader(Subset(data, range(10)), batch_size=5), split="validation")
    datamap = carto.DataMap(recorder, split="validation")
    trained(recorder, train, epochs=1)
    with torch.no_grad():
        for x, gold in held:
            recorder.log(x[:, :3], gold, split="validation")
    until(lambda: datamap.snapshot.get("rows") == 10)
    assert len(datamap.selection.columns) > 5
    datamap.select([3])
    assert datamap.selection["n_observed"].tolist() == [1]
    recorder.close()
    datamap.close()


def test_a_metric_of_the_users_is_drawn_at_the_end_of_an_epoch() -> None:
    @carto.metric(title="highest loss")
    def highest_loss(loss: Any) -> Any:
        return loss.max(axis=0)

    recorder, loader = tracked()
    datamap = carto.DataMap(recorder, view=carto.View("highest_loss", "confidence", "region"))
    trained(recorder, loader, epochs=2)
    recorder.close()
    until(lambda: datamap.snapshot.get("status", {}).get("word") == "ended")
    x = datamap.snapshot["frame"]["columns"][0]
    assert x["title"] == "highest loss"
    lo, hi = x["domain"]
    shown = lo + np.frombuffer(datamap.snapshot["buffers"][0], "<u2") / 65533 * (hi - lo)
    np.testing.assert_allclose(shown, carto.table(recorder)["highest_loss"], atol=(hi - lo) / 65533)
    datamap.close()
