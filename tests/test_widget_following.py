"""`DataMap(path)` of a run that another process writes: by its files alone, without a server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cli_run import GOLD, N, logits_of, record
from following_driver import Training
from test_widget_training import tracked, trained
from torch.utils.data import DataLoader, TensorDataset
from widget_page import until

import carto_widget as carto
from carto_widget.store.run.following import Following
from carto_widget.store.snapshot import Cursor

SECONDS = 2.0  # after which what is sealed must be on the map
IS_MEASURED = "CARTO_SECONDS" in os.environ  # on a machine that does nothing else


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    one = Training(tmp_path / "run")
    yield one
    if one.process.poll() is None:
        one.end()


def status(datamap: carto.DataMap) -> str:
    return datamap._source.seen.status.text


def whole(page: Any) -> list[int]:
    """The epochs of which a frame has shown all."""
    frames = [content for content, _ in page.messages if content["kind"] == "frame"]
    return [content["epoch"] for content in frames if content["sealed"]]


def n_seen(datamap: carto.DataMap) -> int:
    """Samples that stand on the map."""
    return N - datamap._source.frame(datamap.view).n_unseen


def test_an_epoch_is_on_the_map_within_two_seconds(
    training: Training, tmp_path: Path, shown: Callable[..., Any]
) -> None:
    datamap, page = shown(tmp_path / "run")
    assert status(datamap) == "waiting for the first batch"
    for epoch in range(3):
        sealed_at = training.do("epoch")
        until(lambda e=epoch: e in whole(page))  # type: ignore[misc]  # bound now
        if IS_MEASURED:
            assert time.monotonic() - sealed_at < SECONDS
        page.say({"kind": "ack", "frame": page.last("frame")[0]["frame"]})
    page.say({"kind": "hello", "id": "page"})  # all columns come, also those that it had
    page.settle()
    assert status(datamap) == f"training, epoch 2: written by process {training.process.pid}"
    _, buffers = page.last("frame")
    table = carto.table(tmp_path / "run")
    for buffer, (name, high) in enumerate({"variability": 0.5, "confidence": 1.0}.items()):
        drawn = np.frombuffer(buffers[buffer], "<u2") / 65533 * high
        np.testing.assert_allclose(drawn, table[name], atol=high / 65533 + 8e-6)
    datamap.select([0, 7])
    assert datamap.selection["confidence"].tolist() == table["confidence"][[0, 7]].tolist()
    assert datamap._source.seen.gold.tolist() == GOLD.tolist()


def test_the_epoch_in_flight_shows_by_its_chunks(
    training: Training, tmp_path: Path, shown: Callable[..., Any]
) -> None:
    datamap, _ = shown(tmp_path / "run")
    training.do("half")
    until(lambda: n_seen(datamap) == N // 2)
    assert datamap._source.frame(datamap.view).epoch == 0
    training.do("rest")
    until(lambda: n_seen(datamap) == N)


def test_a_training_that_ends_or_is_killed_is_said_to_have(
    training: Training, tmp_path: Path, shown: Callable[..., Any]
) -> None:
    datamap, _ = shown(tmp_path / "run")
    training.do("epoch")
    training.do("half")
    until(lambda: status(datamap).startswith("training, epoch 1: written by process"))
    training.end(kill=True)
    until(lambda: status(datamap) == "interrupted at epoch 1: nobody writes this run any more")
    resumed = Training(tmp_path / "run", "resume")
    resumed.do("epoch")
    until(lambda: status(datamap).startswith("training, epoch 1: written by process"))
    resumed.do("close")
    until(lambda: status(datamap) == "ended: 2 epochs on record")
    resumed.end()
    again, _ = shown(tmp_path / "run")
    assert again._source.is_live is False


def test_a_training_that_ended_while_its_recorder_stays_open_is_said_to_have(
    tmp_path: Path, shown: Callable[..., Any]
) -> None:
    recorder, loader = tracked(run=tmp_path / "run")
    training = carto.start(lambda: trained(recorder, loader, epochs=2))
    training.wait()
    datamap, _ = shown(tmp_path / "run")
    assert status(datamap) == "ended, epoch 1"
    recorder.resume()
    trained(recorder, loader, epochs=1)
    until(lambda: status(datamap).startswith("training, epoch 2: written by process"))
    recorder.close()
    until(lambda: status(datamap) == "ended: 3 epochs on record")


def test_a_run_that_was_left_amid_an_epoch_shows_its_rows(
    training: Training, tmp_path: Path, shown: Callable[..., Any]
) -> None:
    training.do("half")
    training.end(kill=True)
    datamap, _ = shown(tmp_path / "run")
    until(lambda: n_seen(datamap) == N // 2)
    assert status(datamap) == "interrupted at epoch 0: nobody writes this run any more"


def test_a_run_that_is_complete_is_not_followed(tmp_path: Path, shown: Callable[..., Any]) -> None:
    record(tmp_path / "run")
    datamap, _ = shown(tmp_path / "run")
    assert status(datamap) == "ended: 3 epochs on record"
    assert datamap._source.is_live is False


def test_what_a_later_session_takes_back_leaves_the_map(training: Training, tmp_path: Path) -> None:
    following = Following(tmp_path / "run")
    training.do("epoch")
    training.do("epoch")
    seen = following.snapshot(Cursor())
    assert (seen.since.sealed, [one.epoch for one in seen.sealed]) == (2, [0, 1])
    training.do("close")
    training.end()
    run = carto.Recorder(tmp_path / "run", if_exists="resume")
    passes = [{"split": "train", "mode": "online", "next": 1, "chunks": {}}]
    run.load_state_dict({"run": run.run.description["run"], "session": 0, "passes": passes})
    loader = run.track(DataLoader(TensorDataset(torch.arange(N), GOLD), batch_size=N))
    for rows, gold in loader:
        run.log(-logits_of(1)[rows], gold)
    later = following.snapshot(seen.since)
    assert later.since.past != seen.since.past
    assert [one.epoch for one in later.sealed] == [0, 1]
    np.testing.assert_array_equal(later.sealed[1].read()["loss"], run.dynamics.signals["loss"][1])
    run.close()


def test_a_look_without_news_goes_by_names_alone(training: Training, tmp_path: Path) -> None:
    training.do("epoch")
    training.do("half")
    following = Following(tmp_path / "run")
    seen = following.snapshot(Cursor())
    for part in tmp_path.rglob("*.parquet"):
        part.write_bytes(b"")  # whoever opens it fails
    assert following.snapshot(seen.since).since == seen.since


def test_a_followed_training_is_not_steered(training: Training, tmp_path: Path) -> None:
    following = Following(tmp_path / "run")
    assert following.snapshot(Cursor()).can == ()
    with pytest.raises(
        ValueError, match=r"pause: this map reads files; DataMap\(recorder\) steers"
    ):
        following.steer("pause")


def test_looking_for_writers_does_not_keep_one_out(tmp_path: Path) -> None:
    """A lock is asked for, never taken: thousands of looks, and a writer gets its lock."""
    record(tmp_path / "run", epochs=1)
    script = (
        "import sys, threading; from pathlib import Path\n"
        "from carto_widget.store.places.locks import writers\n"
        "print('looking', flush=True)\n"
        f"while True: writers(Path({str(tmp_path / 'run')!r}))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as looking:
        assert looking.stdout is not None
        looking.stdout.readline()
        try:
            for _ in range(50):
                carto.Recorder(tmp_path / "run", if_exists="resume").close()
        finally:
            looking.kill()
