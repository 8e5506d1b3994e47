"""The life of a map: a closed one is let go, a long one does not grow."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from typing import Any

import comm
import numpy as np
import pandas as pd
import psutil
import pytest
from jupyter_driver import PATIENCE
from widget_page import Page, Recording, until

from carto_widget.views.view import View
from carto_widget.widget.datamap import DataMap
from carto_widget.widget.projector import Projector, Screen

N_FRAMES = int(os.environ.get("CARTO_FRAMES", 1000))


def map_threads() -> list[threading.Thread]:
    """Of all maps; those of earlier tests may be about to end."""
    return [thread for thread in threading.enumerate() if thread.name == "carto-map"]


def closed_map() -> list[weakref.ref[Any]]:
    """What a map, a recording of three epochs and its page were made of, after it was closed."""
    recording = Recording()
    datamap: Any = DataMap(recording)
    for p in (0.2, 0.4, 0.6):
        recording.log([0, 1, 2, 3], [p, p, p, p])
        recording.seal()
    datamap.on_select(lambda _: None)
    until(lambda: datamap.snapshot.get("frame", {}).get("epoch") == 2)
    parts = [datamap, recording, datamap._source, datamap._projector, datamap.comm]
    datamap.close()
    datamap._thread.join(PATIENCE)
    return [weakref.ref(part) for part in parts]


def test_close_lets_go_of_recorder_thread_and_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", Page)
    before = map_threads()
    gone = closed_map()
    gc.collect()
    assert [ref() for ref in gone] == [None] * 5
    assert {*map_threads()} <= {*before}


@pytest.mark.slow
def test_ten_thousand_frames_leave_no_more_memory_behind(shown: Any) -> None:
    """Drawn and sent as fast as they come; a page acknowledges each."""
    rows = 20_000
    table = pd.DataFrame(np.random.default_rng(0).random((rows, 2)), columns=["u", "v"])
    datamap, page = shown(table, view=View("u", "v", None))
    until(lambda: "frame" in page.kinds())
    projector, screen = Projector(datamap._source, datamap.view), Screen(lambda *_: None, print)
    memory = []
    for number in range(1, N_FRAMES + 1):
        projector.recolumn()
        projector._pacing.forget(0.0)
        projector.turn(0.0, screen, datamap._chosen.now)
        if number in (N_FRAMES // 5, N_FRAMES):
            gc.collect()
            memory.append(psutil.Process().memory_info().rss)
    assert projector.n_shown >= N_FRAMES
    assert memory[1] < 1.05 * memory[0]
