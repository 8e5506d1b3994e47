"""Frames of epochs that are over: exact, asked for or sent when an epoch ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from widget_page import SAMPLES, Page, Recording, dynamics, until

import carto_widget as carto
from carto_widget.store.rows import Rows
from carto_widget.store.run.steering import Mark
from carto_widget.store.snapshot import Cursor, SealedEpoch
from carto_widget.views.few import Few
from carto_widget.views.frame import Frame
from carto_widget.views.live import LiveState
from carto_widget.views.past import RunningPast, cut_frames
from carto_widget.views.view import View
from carto_widget.widget import backlog, pacing
from carto_widget.widget.past import NoPast
from carto_widget.widget.timeline import marks_of

EPOCHS = [[0.2, 0.4, 0.6, 0.9], [0.4, 0.4, 0.8, 0.1], [0.9, 0.1, 0.8, 0.3], [0.7, 0.3, 0.9, 0.2]]


def recording(n: int) -> Recording:
    """Four samples and the first ``n`` of the epochs, ended."""
    made = Recording()
    for probability in EPOCHS[:n]:
        made.log([0, 1, 2, 3], probability)
        made.seal("ended")
    return made


def pasts(page: Page) -> dict[int, Any]:
    """Epoch to header and buffers of the past frames that came."""
    frames = [m for m in page.messages if m[0]["kind"] == "frame" and m[0]["past"]]
    return {header["epoch"]: (header, buffers) for header, buffers in frames}


def sealed(page: Page, epoch: int) -> list[Any]:
    """Frames of this epoch when it was over, past ones or not."""
    frames = [m for m in page.messages if m[0]["kind"] == "frame" and m[0]["sealed"]]
    return [m for m in frames if m[0]["epoch"] == epoch]


def codes(buffers: list[Any]) -> list[bytes]:
    return [bytes(buffer) for buffer in buffers]


def ask(page: Page, *epochs: int) -> dict[str, Any]:
    page.say({"kind": "ask", "id": "me", "what": "past", "epochs": list(epochs)})
    until(lambda: "answer" in page.kinds())
    answer: dict[str, Any] = page.last("answer")[0]
    return answer


# ---- exact ----


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_past_frame_is_what_a_map_of_a_run_that_ended_there_shows(shown: Any, epoch: int) -> None:
    _, page = shown(recording(4))
    _, ended = shown(recording(epoch + 1))
    until(lambda: "frame" in page.kinds() and "frame" in ended.kinds())
    assert ask(page, epoch)["epochs"] == [epoch]
    until(lambda: epoch in pasts(page))
    (header, buffers), (expected, there) = pasts(page)[epoch], ended.last("frame")
    assert codes(buffers) == codes(there)
    same = ("epoch", "rows", "columns", "words", "unseen", "sealed")
    assert [header[name] for name in same] == [expected[name] for name in same]


@pytest.mark.parametrize("epoch", [0, 1, 2, 3])
def test_a_past_frame_of_dynamics_is_what_the_table_of_these_epochs_says(epoch: int) -> None:
    p = np.array(EPOCHS, np.float32)
    data = carto.TrainingDynamics.from_arrays(
        gold=np.zeros(4, int), gold_probability=p, margin=p - 0.5, other_label=np.ones_like(p)
    )
    view = View("variability", "forgetting_events", "prediction")
    own = pd.DataFrame(index=data.guid)
    (frame,) = cut_frames(data, view, own, {}, Few(), [epoch])
    table = carto.table(data, ["variability", "forgetting_events"], epochs=slice(epoch + 1))
    assert frame.epoch == epoch
    np.testing.assert_array_equal(
        frame.columns["x"].values, table["variability"].to_numpy(np.float32)
    )
    np.testing.assert_array_equal(
        frame.columns["y"].values, table["forgetting_events"].to_numpy(np.float32)
    )
    assert frame.columns["color"].values.tolist() == table["prediction"].tolist()


def test_axes_are_shared_by_all_epochs_of_a_map(shown: Any) -> None:
    _, page = shown(dynamics(), samples=SAMPLES, view=View("last_loss", "loss_mean", None))
    until(lambda: "frame" in page.kinds())
    ask(page, 0)
    until(lambda: 0 in pasts(page))
    newest = page.messages[page.kinds().index("frame")][0]["columns"]
    past = pasts(page)[0][0]["columns"]
    for a, b in zip(newest, past, strict=True):
        assert b["domain"][0] <= a["domain"][0]
        assert b["domain"][1] >= a["domain"][1]


def test_one_pass_serves_several_epochs_and_goes_on_where_it_stood() -> None:
    made, own = recording(4), SAMPLES
    live = LiveState(View(), dynamics, Cursor())
    live.feed(made.snapshot(Cursor()))
    past = RunningPast(live)
    reads: list[int] = []

    def noting(one: SealedEpoch) -> Rows:
        reads.append(one.epoch)
        return one.read()

    def epochs() -> Iterator[SealedEpoch]:
        for one in made.snapshot(Cursor()).sealed:
            yield SealedEpoch(one.epoch, partial(noting, one))

    first = [frame and frame.epoch for frame in past.frames(epochs(), [2, 1], own)]
    assert (first, reads) == ([None, 1, 2], [0, 1, 2])
    again = [frame and frame.epoch for frame in past.frames(epochs(), [3, 2], own)]
    assert (again, reads) == ([2, 3], [0, 1, 2, 3])
    assert [f and f.epoch for f in past.frames(epochs(), [0], own)] == [0]
    assert reads == [0, 1, 2, 3, 0]


# ---- sent ----


def test_an_epochs_frame_comes_when_it_ends_while_the_next_goes_on(shown: Any) -> None:
    made = Recording()
    _, page = shown(made)
    made.log([0, 1, 2, 3], EPOCHS[0])
    until(lambda: any(h["kind"] == "frame" and h["epoch"] == 0 for h, _ in page.messages))
    with made.lock:
        made.seal()
        made.log([0], [0.9])
    until(lambda: sealed(page, 0) != [])
    _, ended = shown(recording(1))
    until(lambda: "frame" in ended.kinds())
    kept = sealed(page, 0)
    assert codes(kept[0][1]) == codes(ended.last("frame")[1])


def test_where_nothing_comes_back_past_frames_come_after_live_ones(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {"PATIENCE": 0.05, "OPEN_INTERVAL": 0.02, "INTERVAL": 0.02}.items():
        monkeypatch.setattr(pacing, name, seconds)
    made = Recording()
    _, page = shown(made)
    for probability in EPOCHS:  # rows of the next epoch are there when the map looks
        epoch = len(made.sealed)
        with made.lock:
            made.log([0, 1, 2, 3], probability)
            made.seal()
            made.log([0], [0.5])
        until(lambda epoch=epoch: epoch in pasts(page))  # type: ignore[misc]
    live = [h["frame"] for h, _ in page.messages if h["kind"] == "frame" and not h["past"]]
    assert min(live) == 1
    assert len(live) >= len(EPOCHS)


def test_of_two_requests_the_newer_counts() -> None:
    held = backlog.Backlog(_AllOnRecord())
    assert held.want(View(), [5, 6, 7]) == [5, 6, 7]
    assert held.next().epoch == 5  # type: ignore[union-attr]
    held.want(View(), [1])
    assert held.next().epoch == 1  # type: ignore[union-attr]
    assert held.is_empty
    assert len(held.want(View(), list(range(30)))) == backlog.AT_ONCE


def test_an_epoch_that_is_not_on_record_cannot_be_asked_for(shown: Any) -> None:
    _, page = shown(dynamics())
    until(lambda: "frame" in page.kinds())
    assert "epoch 7 is not on record; there are [0, 1]" in ask(page, 7)["error"]


def test_above_four_million_samples_there_is_no_timeline(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carto_widget.widget.projector.MOST_ROWS", 3)
    datamap, page = shown(dynamics())
    until(lambda: "status" in page.kinds())
    assert "timeline" not in page.kinds()
    assert ask(page, 0)["epochs"] == []
    with pytest.raises(ValueError, match="more than 3 samples shows the newest epoch alone"):
        datamap.epoch = 0


def test_another_view_begins_another_past(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    until(lambda: "frame" in page.kinds())
    first = page.last("frame")[0]["version"]
    datamap.view = View("confidence", "variability")
    until(lambda: page.last("frame")[0]["version"] != first)


# ---- the trait ----


def test_epoch_names_what_there_is(shown: Any) -> None:
    datamap, page = shown(dynamics())
    with pytest.raises(ValueError, match=r"epoch=5: not a complete epoch.*there are \[0, 1\]"):
        datamap.epoch = 5
    datamap.epoch = 0
    assert page.state["epoch"] == 0
    until(lambda: 0 in pasts(page))  # the page has it, also where its question cannot come
    datamap.epoch = None
    table, _ = shown(SAMPLES.assign(u=1.0, v=2.0), view=View("u", "v", None))
    with pytest.raises(ValueError, match="there is none"):
        table.epoch = 0


def test_a_selection_drawn_on_the_past_names_its_epoch(shown: Any) -> None:
    datamap, page = shown(dynamics(), samples=SAMPLES)
    until(lambda: "frame" in page.kinds())
    ask(page, 0)
    until(lambda: 0 in pasts(page))
    number = pasts(page)[0][0]["frame"]
    page.lasso(0, 1, frame=number)
    rows = datamap.selection
    assert rows.attrs == {"frame": number, "epoch": 0}
    assert rows["confidence"].tolist() == pytest.approx([0.3, 0.4])  # of all that is complete
    datamap.select(["a"])
    assert datamap.selection.attrs == {"frame": 1, "epoch": 1}


# ---- the timeline ----


def test_the_timeline_has_epochs_first_and_curves_when_they_are_known(shown: Any) -> None:
    _, page = shown(dynamics())
    until(lambda: "timeline" in page.kinds() and len(page.last("timeline")[0]["curves"]) == 2)
    told = [h for h, _ in page.messages if h["kind"] == "timeline"]
    assert told[0]["epochs"] == [0, 1]
    assert told[0]["curves"] == []
    loss, accuracy = told[-1]["curves"]
    mean = [np.mean(-np.log(row)) for row in ([0.2, 0.4, 0.6], [0.4, 0.4, 0.8])]
    assert loss["values"] == pytest.approx(mean)
    assert (accuracy["name"], accuracy["values"]) == ("accuracy", pytest.approx([1 / 3, 1 / 3]))


def test_the_curves_of_a_run_grow_with_its_epochs(shown: Any) -> None:
    made = recording(2)
    _, page = shown(made)
    until(lambda: "timeline" in page.kinds())
    made.log([0, 1], [0.5, float("nan")])
    made.seal("ended")
    until(lambda: page.last("timeline")[0]["epochs"] == [0, 1, 2])
    (loss, accuracy) = page.last("timeline")[0]["curves"]
    assert loss["values"][2] == pytest.approx(np.log(2))
    assert accuracy["values"][0] == 0.5  # p > 0.5 is right, of 0.2 0.4 0.6 0.9


def test_marks_say_what_happened_and_where() -> None:
    marks = [
        Mark("session", "run", "t", 0, 0),
        Mark("session", "run", "t", 1, 3),
        Mark("control", "map", "t", 1, 4, 12, "lr", 1e-3, 1e-4),
        Mark("pause", "map", "t", 1, 4, 12),
    ]
    assert marks_of(marks) == [
        {"epoch": 3, "at": 1.0, "kind": "session", "text": "session 1 began"},
        {"epoch": 4, "at": None, "kind": "control", "text": "lr 0.001 → 0.0001"},
        {"epoch": 4, "at": None, "kind": "pause", "text": "paused from the map"},
    ]


class _AllOnRecord(NoPast):
    """Thirty epochs, whose frames say their number and nothing else."""

    def known(self) -> list[int]:
        return list(range(30))

    def frames(self, view: View, epochs: Sequence[int]) -> Iterator[Frame]:
        return (Frame({}, epoch) for epoch in epochs)
