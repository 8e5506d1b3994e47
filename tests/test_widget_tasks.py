"""The map of each task, live from before its first batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from task_cases import CASES, N
from torch.utils.data import DataLoader, TensorDataset
from widget_page import Page, until

import carto_widget as carto
from carto_widget.record.values import steps as computing
from carto_widget.views.complete import frame_of_dynamics
from carto_widget.views.frame import Column
from carto_widget.views.tasks import drawing


def is_amid(page: Page, epoch: int) -> bool:
    """Does the page, which acknowledges what it has, show an epoch that goes on?"""
    newest, _ = page.last("frame")
    page.say({"kind": "ack", "frame": newest["frame"]})
    return (newest["epoch"], newest["sealed"]) == (epoch, False)


@pytest.mark.parametrize("task", CASES)
def test_the_live_map_ends_where_the_complete_one_begins(
    task: str, shown: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "LONGEST", 0.0)  # every batch is seen at once
    shape, gold = CASES[task]
    recorder = carto.Recorder(task=task)
    loader = recorder.track(DataLoader(TensorDataset(torch.arange(N), gold), 8, shuffle=True))
    datamap, page = shown(recorder)
    assert datamap.view == drawing(task).view
    for epoch in range(3):
        z = torch.randn(shape, generator=torch.Generator().manual_seed(epoch))
        for number, (row, y) in enumerate(loader):
            recorder.log(z[row], y)
            if epoch == 1 and number == 1:
                until(lambda: is_amid(page, 1))
    recorder.close()
    until(lambda: datamap.snapshot.get("status", {}).get("word") == "ended")
    assert "error" not in page.kinds()

    frame = frame_of_dynamics(recorder.dynamics, datamap.view, datamap._source.own.columns)
    sent = {column["role"]: column for column in datamap.snapshot["frame"]["columns"]}
    buffers = dict(zip(sent, datamap.snapshot["buffers"], strict=False))
    for role in ("x", "y"):
        column: Column = frame.columns[role]
        assert sent[role]["title"] == column.title
        low, high = sent[role]["domain"]
        there = np.frombuffer(buffers[role], "<u2") / 65533 * (high - low) + low
        np.testing.assert_allclose(there, column.values, atol=1e-4 * (high - low))
    datamap.select(np.arange(N) < 5)
    chosen = datamap.selection
    assert len(chosen) == 5
    assert datamap.view.y in chosen
    assert ("gold" in chosen) == (task not in ("token_classification", "language_modeling"))
