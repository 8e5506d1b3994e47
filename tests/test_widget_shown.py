"""The still beneath a map: what it says, how large it is, when it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jupyter_driver import PATIENCE
from PIL import Image
from widget_page import Recording, dynamics, until

from carto_widget.pictures.picture import Picture, picture_of
from carto_widget.pictures.still import inline_png
from carto_widget.views.view import View
from carto_widget.widget import shown as shown_file
from carto_widget.widget.datamap import DataMap
from carto_widget.widget.shown import BYTES, SIZE, still_html

Output = tuple[dict[str, Any], dict[str, Any]]


def noise(n: int) -> pd.DataFrame:
    """Points all over the place in all colours: what compresses worst."""
    rng = np.random.default_rng(0)
    return pd.DataFrame({"u": rng.random(n), "v": rng.random(n), "w": rng.random(n)})


# ---- the picture ----


@pytest.mark.parametrize("n", [1, 4_000, 30_000, 1_000_000])
def test_a_still_is_small_whatever_it_shows(n: int) -> None:
    picture = picture_of(noise(n), View("u", "v", "w"))
    assert len(still_html(picture, "carto-still-1")) <= 150_000


def test_a_still_keeps_its_white_and_its_proportions() -> None:
    image = Image.open(
        BytesIO(inline_png(picture_of(noise(4_000), View("u", "v", "w")), SIZE, BYTES))
    )
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert image.width * SIZE[1] == image.height * SIZE[0]


def test_a_still_says_in_words_what_it_shows() -> None:
    html = still_html(picture_of(dynamics(), title='<b> & "c"'), "carto-still-1")
    assert (
        'alt="Data map &lt;b&gt; &amp; &quot;c&quot;, 4 samples · 2 epochs · 1 never observed: '
        'variability across, confidence up, colour correctness"'
    ) in html
    assert html.startswith('<div class="carto-still carto-still-1">')
    assert "<b>" not in html


# ---- when it is drawn ----


class Shell:
    """What a map needs of IPython: somewhere to publish, and the end of a cell."""

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.ends: list[Callable[[object], None]] = []
        self.display_pub = self.events = self

    def publish(self, data: dict[str, Any], metadata: Any = None, **more: Any) -> None:
        self.outputs.append((data, more))

    def register(self, event: str, callback: Callable[[object], None]) -> None:
        assert event == "post_run_cell"
        self.ends.append(callback)

    def unregister(self, event: str, callback: Callable[[object], None]) -> None:
        self.ends.remove(callback)

    def end_cell(self) -> None:
        for end in list(self.ends):
            end(None)

    def kinds(self) -> list[str]:
        return [
            "update" if more.get("update") else "still" if "transient" in more else "widget"
            for _, more in self.outputs
        ]

    def said(self, n: int) -> str:
        return str(self.outputs[n][0]["text/html"]).partition('alt="')[2].partition('"')[0]


@pytest.fixture
def cell(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], tuple[DataMap, Any, Shell]]:
    monkeypatch.setattr(shown_file, "PATIENCE", PATIENCE)

    def show(source: Any) -> tuple[DataMap, Any, Shell]:
        datamap, page = shown(source)
        shell = Shell()
        datamap._shown.display(shell, ({"text/plain": "map"}, {}), datamap._turns.wake)
        return datamap, page, shell

    return show


def test_a_cell_gets_the_widget_and_beneath_it_the_still(cell: Any) -> None:
    datamap, page, shell = cell(dynamics())
    assert shell.kinds() == ["widget", "still"]
    assert "4 samples · 2 epochs" in shell.said(1)
    assert shell.outputs[1][1]["transient"] == {"display_id": datamap.still}
    assert page.state["still"] == datamap.still


def test_a_still_follows_the_epochs_and_no_frame_in_between(cell: Any) -> None:
    recording = Recording()
    datamap, page, shell = cell(recording)
    recording.log([0, 1], [0.2, 0.4])
    until(lambda: page.last("frame")[0]["unseen"] == 2)
    recording.seal()
    shell.end_cell()
    assert shell.kinds() == ["widget", "still", "update"]
    assert shell.said(1).startswith("Data map data map, 4 samples · 0 epochs · 4 never observed")
    assert shell.said(2).startswith("Data map data map, 4 samples · 1 epoch · 2 never observed")
    shell.end_cell()
    assert len(shell.outputs) == 3
    assert all(more["transient"]["display_id"] == datamap.still for _, more in shell.outputs[1:])


def test_stills_keep_their_distance_but_at_the_end_of_a_cell(
    cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_file, "INTERVAL", 1e6)
    recording = Recording()
    datamap, _, shell = cell(recording)
    assert shell.kinds() == ["widget", "still"]
    recording.log([0], [0.2])
    recording.seal()
    until(lambda: datamap.snapshot.get("frame", {}).get("unseen") == 3)
    shown = datamap._shown
    assert 0 < shown.turn(lambda: picture_of(dynamics()), at_once=False) <= 1e6
    assert shell.kinds() == ["widget", "still"]
    shell.end_cell()
    assert shell.kinds() == ["widget", "still", "update"]


def test_a_map_shown_twice_has_a_still_in_each_cell_and_both_follow(cell: Any) -> None:
    recording = Recording()
    datamap, _, shell = cell(recording)
    datamap._shown.display(shell, ({"text/plain": "map"}, {}), datamap._turns.wake)
    assert shell.kinds() == ["widget", "still", "widget", "still"]
    assert len(shell.ends) == 1
    recording.log([0], [0.2])
    recording.seal()
    shell.end_cell()
    assert shell.kinds()[4:] == ["update"]  # one message: they have one display id


def test_a_closed_map_leaves_its_last_still(cell: Any) -> None:
    recording = Recording()
    datamap, _, shell = cell(recording)
    recording.log([0, 1, 2, 3], [0.2, 0.4, 0.6, 0.8])
    recording.seal("ended")
    datamap.close()
    assert "4 samples · 1 epoch:" in shell.said(-1)
    assert shell.ends == []


def test_while_a_review_is_blind_the_still_shows_nothing(cell: Any) -> None:
    datamap, _, shell = cell(dynamics())
    datamap.review(blind=True)
    shell.end_cell()
    assert "hidden while it is reviewed blind" in shell.outputs[-1][0]["text/html"]
    assert "<img" not in shell.outputs[-1][0]["text/html"]
    datamap.close()  # ends the review, too
    assert "4 samples" in shell.said(-1)


def test_a_map_that_nobody_sees_draws_no_stills(cell: Any) -> None:
    recording = Recording()
    datamap, page, shell = cell(recording)
    page.say({"kind": "unwatched"})
    page.settle()
    recording.log([0], [0.2])
    until(lambda: page.kinds().count("frame") >= 2)
    recording.seal()
    until(lambda: datamap.snapshot.get("frame", {}).get("unseen") == 3)
    assert shell.kinds() == ["widget", "still"]
    page.say({"kind": "hello", "id": "back"})
    until(lambda: shell.kinds() == ["widget", "still", "update"])


def test_a_still_that_cannot_be_drawn_is_said_once_and_the_map_goes_on(
    cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording()
    datamap, page, shell = cell(recording)

    def broken(view: View) -> Picture:
        raise RuntimeError("deliberate")

    monkeypatch.setattr(datamap._source, "still", broken)
    recording.log([0], [0.2])
    recording.seal()
    shell.end_cell()
    assert page.last("error")[0]["text"] == "RuntimeError: deliberate"
    recording.log([1], [0.4])
    until(lambda: page.last("frame")[0]["unseen"] == 2)


def test_where_there_is_no_notebook_a_map_is_a_line_of_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    datamap = DataMap(dynamics())
    datamap._ipython_display_()
    assert capsys.readouterr().out == repr(datamap) + "\n"
    datamap.close()
    datamap._ipython_display_()
    assert capsys.readouterr().out == repr(datamap) + "\n"
