"""Buttons and sliders of the map: what they ask of the training, and what they show."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import SAVED, STEERED, Map, X, Y
from playwright.sync_api import Locator, expect

SURE, SETTLED = 3000, 150  # ms: for a second press, and of a slider that rests
COMPLAINT = 6000  # ms that it is said why Python could not do something
LATER = "Python will see this when the cell ends"


@pytest.fixture
def steered(carto: Map) -> Map:
    """A map of a training that listens."""
    carto.mount().frame(X, Y)
    carto.kernel("status", STEERED)
    carto.page.locator(".carto-control").nth(len(STEERED["controls"]) - 1).wait_for()
    return carto


def button(carto: Map, name: str) -> Locator:
    return carto.page.get_by_role("button", name=name)


def slider(carto: Map, name: str) -> Locator:
    return carto.page.get_by_role("slider", name=name)


def asked(carto: Map) -> list[tuple[Any, ...]]:
    commands = carto.kernel("asks")
    assert all(command["protocol"] == 1 for command in commands)
    return [tuple(c[k] for k in ("order", "name", "value") if k in c) for c in commands]


def answer(carto: Map, error: str | None = None, **status: Any) -> None:
    """What Python says when it has obeyed: first how things are now, then that it is done."""
    carto.kernel("status", STEERED | status)
    carto.kernel("answer", carto.kernel("asks")[-1]["id"], error)


def lr(value: float) -> list[dict[str, Any]]:
    first, *others = STEERED["controls"]
    return [first | {"value": value}, *others]


# ---- buttons ----


def test_a_map_that_cannot_steer_has_no_buttons_and_no_sliders(carto: Map) -> None:
    carto.mount().frame(X, Y)
    carto.kernel("status", {})  # as of a run folder, or of a kernel of an older version
    carto.wait_text(".carto-headline", "training, epoch 0")
    assert not carto.page.is_visible(".carto-transport")
    assert not carto.page.is_visible(".carto-controls")


def test_pause_waits_for_its_answer_and_becomes_the_way_on(steered: Map) -> None:
    button(steered, "Pause training").click()
    assert asked(steered) == [("pause",)]
    steered.bare.wait("() => document.querySelector('.carto-transport [data-waits]')")
    button(steered, "Pause training").click()  # asked already
    assert asked(steered) == [("pause",)]
    answer(steered, can=["resume", "stop"], word="paused", text="paused, epoch 0")
    button(steered, "Let training go on").click()
    assert asked(steered) == [("pause",), ("resume",)]
    answer(steered)
    button(steered, "Pause training").wait_for()
    expect(steered.page.locator("[data-waits]")).to_have_count(0)


def test_stop_wants_a_second_press(steered: Map) -> None:
    steered.hold_timers(SURE)
    button(steered, "Stop training").click()
    assert steered.page.inner_text(".carto-stop") == "stop training?"
    assert asked(steered) == []
    button(steered, "stop training?").click()
    assert asked(steered) == [("stop",)]
    answer(steered, can=[], text="training, epoch 0: stopping after this batch")
    steered.bare.wait("() => document.querySelector('.carto-transport').hidden")


def test_a_stop_that_is_not_confirmed_is_forgotten(steered: Map) -> None:
    steered.hold_timers(SURE)
    button(steered, "Stop training").click()
    button(steered, "stop training?").wait_for()
    steered.end_timers()
    button(steered, "Stop training").wait_for()
    steered.bare.wait("() => document.querySelector('.carto-stop svg')")  # the icon is back
    button(steered, "Stop training").click()
    assert asked(steered) == []


def test_a_double_click_does_not_stop(steered: Map) -> None:
    steered.hold_timers(SURE)
    button(steered, "Stop training").dblclick()
    assert steered.page.inner_text(".carto-stop") == "stop training?"
    assert asked(steered) == []


def test_buttons_are_pressed_by_keyboard_and_a_held_key_is_one_press(steered: Map) -> None:
    button(steered, "Pause training").focus()
    steered.page.keyboard.press("Enter")
    assert asked(steered) == [("pause",)]
    steered.page.keyboard.press("Tab")
    steered.page.keyboard.down("Enter")
    for _ in range(5):
        steered.page.keyboard.down("Enter")  # repeats
    steered.page.keyboard.up("Enter")
    assert asked(steered) == [("pause",)]
    steered.page.keyboard.press("Enter")
    assert asked(steered) == [("pause",), ("stop",)]


# ---- sliders ----


def test_a_slider_shows_name_and_value_where_it_stands(steered: Map) -> None:
    shown = steered.page.locator(".carto-control")
    assert [text.split("\n") for text in shown.all_inner_texts()] == [
        ["lr", "0.001"],
        ["temperature", "1.25"],
        ["weight of the hardest third", "0.35"],
    ]
    assert slider(steered, "lr").input_value() == "60"  # 3 of 5 decades
    assert slider(steered, "temperature").input_value() == "50"
    steered.kernel("status", STEERED | {"controls": lr(3.2e-5)})  # set in Python
    steered.wait_text(".carto-control output", "3.2e-5")
    assert slider(steered, "lr").input_value() == "30"


def test_a_slider_that_is_dragged_tells_python_where_it_was_left(steered: Map) -> None:
    steered.settle()
    box = slider(steered, "lr").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    steered.page.mouse.move(box["x"] + 0.6 * box["width"], y)
    steered.page.mouse.down()
    steered.page.mouse.move(box["x"] + box["width"] + 30, y, steps=8)
    steered.wait_text(".carto-control output", "0.1")
    steered.kernel("status", STEERED)  # the kernel's value does not move it back
    assert asked(steered) == []
    steered.page.mouse.up()
    steered.bare.wait("() => kernel.asks().length === 1")
    assert asked(steered) == [("set", "lr", 0.1)]
    steered.bare.wait("() => document.querySelector('.carto-control[data-waits]')")
    answer(steered, controls=lr(0.1))
    steered.bare.wait("() => !document.querySelector('.carto-control[data-waits]')")
    assert slider(steered, "lr").input_value() == "100"


def test_a_slider_is_moved_by_keyboard_in_even_steps(steered: Map) -> None:
    steered.hold_timers(SETTLED)
    slider(steered, "lr").focus()
    for key in ("ArrowLeft", "Home"):
        steered.page.keyboard.press(key)
        steered.end_timers()
    slider(steered, "weight of the hardest third").focus()
    for _ in range(4):
        steered.page.keyboard.press("ArrowRight")
    assert len(asked(steered)) == 2
    steered.end_timers()  # it has come to rest
    # A hundredth of five decades below 1e-3 is 8.91e-4.
    assert asked(steered) == [
        ("set", "lr", 8.9e-4),
        ("set", "lr", 1e-6),
        ("set", "weight of the hardest third", 0.39),
    ]
    expect(slider(steered, "lr")).to_have_attribute("aria-valuetext", "1e-6")


def test_a_command_that_python_does_not_answer_is_said_to_wait(steered: Map) -> None:
    button(steered, "Pause training").click()
    steered.wait_text(".carto-chosen", LATER)
    answer(steered, can=[])
    steered.bare.wait(
        f"() => !document.querySelector('.carto-chosen').textContent.includes('{LATER}')"
    )


def test_why_python_refused_is_said_and_the_slider_goes_back(steered: Map) -> None:
    steered.hold_timers(COMPLAINT)
    slider(steered, "lr").focus()
    steered.page.keyboard.press("End")
    steered.wait_text(".carto-control output", "0.1")
    steered.bare.wait("() => kernel.asks().length === 1")
    answer(steered, "control 'lr' got 0.1, expected a number from 1e-06 to 0.01")
    steered.wait_text(".carto-headline", "control 'lr' got 0.1, expected")
    steered.wait_text(".carto-control output", "0.001")
    steered.frame(X, Y, frames=2)
    assert "expected" in steered.page.inner_text(".carto-headline")  # not only until the next frame
    button(steered, "Pause training").click()
    steered.wait_text(".carto-headline", "training, epoch 0")


# ---- who is there ----


def test_a_saved_map_and_a_map_without_its_kernel_have_no_live_buttons(carto: Map) -> None:
    carto.mount(connected=False, snapshot=SAVED)
    carto.kernel("welcome")
    carto.kernel("status", STEERED)
    button(carto, "Pause training").wait_for()  # the kernel has spoken
    button(carto, "Pause training").click()
    carto.page.evaluate("() => widget.model.die()")
    carto.wait_data("state", "disconnected")
    assert not carto.page.is_visible(".carto-transport")
    assert not carto.page.is_visible(".carto-controls")
    carto.page.evaluate("() => widget.model.live()")
    carto.kernel("welcome")
    button(carto, "Pause training").wait_for()
    expect(carto.page.locator("[data-waits]")).to_have_count(0)  # asked of the kernel that has gone


def test_two_views_show_one_training(steered: Map) -> None:
    steered.page.evaluate("() => widget.render(document.querySelector('#second'))")
    second = steered.page.locator("#second").get_by_role("slider", name="lr")
    second.wait_for()
    steered.page.locator("#root").get_by_role("slider", name="lr").focus()
    steered.page.keyboard.press("Home")
    js = "() => document.querySelector('#second output').textContent === '1e-6'"
    steered.bare.wait(js)  # before Python has answered
