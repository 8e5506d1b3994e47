"""The timeline: scrubbing, playing, following, trails and paths through past epochs."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import SAVED, Map, around
from playwright.sync_api import Locator, expect

LAST = 5
EPOCH = 800  # ms that one is shown while they are played
CURVES = [
    {"name": "loss", "title": "mean loss", "values": [1.2, 0.9, 0.6, 0.5, 0.4, 0.35]},
    {"name": "accuracy", "title": "accuracy", "values": [0.5, 0.6, 0.7, 0.8, 0.8, 0.9]},
]
MARKS = [{"epoch": 3, "at": 1, "kind": "control", "text": "lr 0.001 → 0.0001"}]


def places(epoch: int) -> dict[str, Any]:
    """One sample walks to the right, one stays in the middle, one walks to the left."""
    far = 6553 + epoch * 10485
    return {"x": [far, 32767, 65533 - far], "y": [45874, 19660, 45874]}


def past(carto: Map, epoch: int) -> None:
    carto.kernel(
        "frame",
        {**places(epoch), "frame": 100 + epoch, "epoch": epoch, "past": True, "sealed": True},
    )


def tell(carto: Map, last: int = LAST, marks: list[dict[str, Any]] = MARKS) -> None:
    curves = [c | {"values": c["values"][: last + 1]} for c in CURVES]
    told = {"epochs": list(range(last + 1)), "curves": curves, "marks": marks}
    carto.kernel("send", {"kind": "timeline", **told})


@pytest.fixture
def run(carto: Map) -> Map:
    """A training in its sixth epoch, five of which are over and in the browser."""
    carto.mount()
    tell(carto, LAST - 1)
    for epoch in range(LAST):
        past(carto, epoch)
    carto.frame(**places(LAST), epoch=LAST)
    slider(carto).wait_for()
    return carto


def slider(carto: Map) -> Locator:
    return carto.page.get_by_role("slider", name="Epoch")


def chip(carto: Map) -> Locator:
    return carto.page.locator(".carto-live")


def at_epoch(carto: Map, epoch: int) -> None:
    carto.wait_data("epoch", str(epoch))


def button(carto: Map, name: str) -> Locator:
    return carto.page.get_by_role("button", name=name)


def drag_to(carto: Map, fraction: float) -> None:
    box = carto.page.locator(".carto-rail").bounding_box()
    assert box is not None
    carto.page.mouse.move(box["x"] + fraction * box["width"], box["y"] + 20, steps=3)


# ---- scrubbing ----


def test_without_a_past_there_is_no_timeline(carto: Map) -> None:
    carto.mount().frame(**places(0))
    assert not carto.page.is_visible(".carto-timeline")
    tell(carto, 0)
    carto.frame(**places(1), epoch=1, frames=2)
    assert not carto.page.is_visible(".carto-timeline")
    tell(carto, 1)
    carto.page.locator(".carto-timeline").wait_for()
    carto.page.get_by_role("slider", name="Epoch").wait_for()


def test_the_epochs_are_scrubbed_with_the_mouse_and_the_newest_follows_again(run: Map) -> None:
    drag_to(run, 0.9)
    run.page.mouse.down()
    drag_to(run, 0.4)
    at_epoch(run, 2)
    drag_to(run, 0)
    at_epoch(run, 0)
    run.page.mouse.up()
    expect(slider(run)).to_have_attribute("aria-valuetext", f"epoch 0 of {LAST}")
    expect(chip(run)).to_have_text(f"live: epoch {LAST}")
    chip(run).click()
    at_epoch(run, LAST)
    expect(chip(run)).to_have_text("following")


def test_frames_that_come_while_the_past_is_shown_do_not_move_the_picture(run: Map) -> None:
    slider(run).press("ArrowLeft")
    at_epoch(run, LAST - 1)
    shown = run.data("frames")
    run.kernel("frame", {**places(0), "frame": 7, "epoch": LAST + 1})
    expect(chip(run)).to_have_text(f"live: epoch {LAST + 1}")
    assert run.data("frames") == shown
    chip(run).click()
    at_epoch(run, LAST + 1)


def test_the_slider_is_worked_by_keys_that_no_notebook_hears(run: Map) -> None:
    slider(run).focus()
    for key, epoch in {
        "Home": 0,
        "ArrowRight": 1,
        "ArrowUp": 2,
        "ArrowLeft": 1,
        "End": LAST,
    }.items():
        run.page.keyboard.press(key)
        at_epoch(run, epoch)
        expect(slider(run)).to_have_attribute("aria-valuenow", str(epoch))
    assert slider(run).get_attribute("data-lm-suppress-shortcuts") == "true"


def test_keys_of_the_map_step_through_epochs(run: Map) -> None:
    run.page.locator(".carto canvas").focus()
    for key, epoch in {"[": LAST - 1, "{": 0, "]": 1, "}": LAST}.items():
        run.page.keyboard.press(key)
        at_epoch(run, epoch)


def test_steps_are_buttons_too(run: Map) -> None:
    button(run, "An epoch back").click()
    at_epoch(run, LAST - 1)
    button(run, "An epoch on").click()
    at_epoch(run, LAST)


# ---- playing and following ----


def test_playing_goes_from_the_first_epoch_to_the_newest_and_follows(run: Map) -> None:
    for _ in range(2):
        run.page.locator(".carto-speed").click()  # 1, 2, 4 times as fast
    expect(run.page.locator(".carto-speed")).to_have_text("4x")
    run.page.locator(".carto canvas").focus()
    run.hold_timers(EPOCH // 4)
    run.page.keyboard.press("k")
    for epoch in range(LAST):
        at_epoch(run, epoch)
        expect(button(run, "Stop playing")).to_be_visible()
        run.end_timers()
    at_epoch(run, LAST)
    expect(button(run, "Play the epochs")).to_be_visible()
    expect(chip(run)).to_have_text("following")


def test_playing_is_stopped_by_its_button_and_by_a_hand(run: Map) -> None:
    run.hold_timers(EPOCH)
    button(run, "Play the epochs").click()
    button(run, "Stop playing").click()
    button(run, "Play the epochs").click()
    run.end_timers()
    at_epoch(run, 1)
    slider(run).press("Home")
    button(run, "Play the epochs").wait_for()
    at_epoch(run, 0)


def test_following_is_switched_off_and_the_picture_stays(run: Map) -> None:
    run.page.locator(".carto canvas").focus()
    run.page.keyboard.press("f")
    expect(chip(run)).to_have_text(f"live: epoch {LAST}")
    shown = run.data("frames")
    run.kernel("frame", {**places(1), "frame": 8, "epoch": LAST + 1})
    expect(chip(run)).to_have_text(f"live: epoch {LAST + 1}")
    assert run.data("frames") == shown
    run.page.keyboard.press("f")
    at_epoch(run, LAST + 1)


# ---- where frames come from ----


def test_a_frame_that_is_missing_is_asked_for_and_the_nearest_is_shown(carto: Map) -> None:
    carto.mount()
    tell(carto)
    past(carto, 0)
    carto.frame(**places(LAST), epoch=LAST, sealed=True, live=False)
    carto.bare.wait("() => kernel.asks().length > 0")
    asked = carto.kernel("asks")[0]
    assert (asked["what"], asked["epochs"]) == ("past", [1, 2, 3, 4])
    slider(carto).focus()
    for _ in range(3):
        carto.page.keyboard.press("ArrowLeft")  # to 2
    at_epoch(carto, 0)
    carto.wait_text(".carto-missing", "epoch 2 is on its way, 0 is shown")
    carto.kernel("answer", asked["id"], None, {"epochs": [1, 2, 3, 4]})
    past(carto, 2)
    at_epoch(carto, 2)
    assert carto.page.text_content(".carto-missing") == ""
    assert len(carto.kernel("asks")) == 1


def test_what_python_does_not_have_is_not_asked_for_again(carto: Map) -> None:
    carto.mount()
    tell(carto, 1)
    carto.frame(**places(1), epoch=1, sealed=True, live=False)
    carto.bare.wait("() => kernel.asks().length === 1")
    carto.kernel("answer", carto.kernel("asks")[0]["id"], "epoch 0 is not on record")
    slider(carto).press("Home")
    carto.wait_text(".carto-missing", "epoch 0 is not here, 1 is shown")
    assert len(carto.kernel("asks")) == 1


def test_with_the_kernel_gone_the_past_is_still_there(run: Map) -> None:
    run.page.evaluate("widget.model.die()")
    run.wait_data("state", "disconnected")
    run.page.locator(".carto canvas").focus()
    run.page.keyboard.press("{")
    at_epoch(run, 0)
    run.page.keyboard.press("k")
    run.bare.wait("() => Number(document.querySelector('.carto').dataset.epoch) > 0")
    run.page.keyboard.press("}")
    at_epoch(run, LAST)


def test_another_view_has_another_past(run: Map) -> None:
    run.kernel("frame", {**places(1), "frame": 200, "epoch": LAST, "version": 1})
    run.wait_frames(2)
    slider(run).press("Home")
    run.wait_text(".carto-missing", "epoch 0 is")
    past(run, 0)  # of the view before: it comes too late
    run.kernel("frame", {**places(0), "frame": 201, "epoch": 1, "version": 1, "past": True,
                         "sealed": True})  # fmt: skip
    at_epoch(run, 1)


def test_a_saved_map_shows_its_own_epoch_and_no_timeline(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED, epoch=1)
    carto.wait_frames(1)
    at_epoch(carto, 3)
    assert not carto.page.is_visible(".carto-timeline")


# ---- the trait ----


def test_python_moves_the_page_and_the_page_tells_python(run: Map) -> None:
    run.page.evaluate("widget.model.update({ epoch: 2 })")
    at_epoch(run, 2)
    assert run.page.evaluate("widget.model.saved") == []
    slider(run).press("ArrowLeft")
    run.bare.wait("() => widget.model.saved.length === 1")
    assert run.page.evaluate("widget.model.saved") == [{"epoch": 1}]
    chip(run).click()
    run.bare.wait("() => widget.model.saved.length === 2")
    assert run.page.evaluate("widget.model.saved")[1] == {"epoch": None}


# ---- curve and marks ----


def test_the_curve_is_switched_and_the_tip_says_its_value_and_the_mark(run: Map) -> None:
    name = run.page.locator(".carto-curve-name")
    expect(name).to_have_text("loss")
    drag_to(run, 3 / LAST)
    expect(run.page.locator(".carto-tip")).to_have_text(
        "epoch 3 · mean loss 0.5 · lr 0.001 → 0.0001"
    )
    name.click()
    expect(name).to_have_text("accuracy")
    drag_to(run, 3 / LAST)
    expect(run.page.locator(".carto-tip")).to_contain_text("accuracy 0.8")
    assert run.page.locator(".carto-marks i").get_attribute("title") == "lr 0.001 → 0.0001"


# ---- what one does in the past ----


def test_a_lasso_at_one_epoch_meets_one_at_another(run: Map) -> None:
    slider(run).press("Home")
    at_epoch(run, 0)
    run.lasso([(0.05, 0.6), (0.95, 0.6), (0.95, 0.8), (0.05, 0.8)])  # both walkers
    run.wait_data("selected", "2")
    for _ in range(4):
        slider(run).press("ArrowRight")
    at_epoch(run, 4)
    run.page.keyboard.down("Shift")
    run.page.keyboard.down("Alt")
    run.lasso(around(0.74, 0.7))
    run.page.keyboard.up("Alt")
    run.page.keyboard.up("Shift")
    run.wait_data("selected", "1")
    first, second = run.kernel("selects")
    assert (first["how"], first["frame"], first["bits"]) == ("replace", 100, [0b101])
    assert (second["how"], second["frame"], second["bits"]) == ("intersect", 104, [0b001])


def test_trails_lead_through_the_past_to_where_samples_are(run: Map) -> None:
    run.lasso(around(0.9, 0.7))
    run.wait_data("selected", "1")
    assert run.page.locator(".carto-trails path").count() == 0
    run.page.locator(".carto canvas").focus()
    run.page.keyboard.press("t")
    expect(run.page.locator(".carto-trails path")).to_have_count(LAST)
    ends = run.page.locator(".carto-trails path").last.get_attribute("d")
    assert ends is not None
    assert ends.count("M") == 1
    slider(run).press("Home")
    at_epoch(run, 0)
    expect(run.page.locator(".carto-trails path")).to_have_count(0)
    button(run, "Trails").click()
    assert run.page.evaluate("() => document.querySelector('.carto-trails').childElementCount") == 0


def test_a_path_selects_what_went_its_way_and_not_back(run: Map) -> None:
    button(run, "More").click()
    run.page.get_by_role("menuitemcheckbox", name="Select along a path").click()
    run.wait_data("tool", "path")
    run.begin([(0.1, 0.7), (0.5, 0.7), (0.9, 0.7)])
    run.page.locator(".carto-front polyline").wait_for(state="attached")
    run.page.mouse.up()
    run.wait_data("selected", "1")
    (way,) = run.kernel("selects")
    assert way["bits"] == [0b001]  # the one from left to right


def test_reduced_motion_steps_without_a_glide(run: Map) -> None:
    run.page.emulate_media(reduced_motion="reduce")
    slider(run).press("Home")
    at_epoch(run, 0)
    run.wait_pixel(0.1, 0.7, lambda pixel: pixel[3] > 100)
