"""Two maps on one page: what is selected and pointed at on one is so on the other."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import MIDDLE, SETTLED, Map, around
from playwright.sync_api import expect

SECOND = """async ({ x, y, dataset, guids }) => {
  const [{ mount }, { kernel, texts }] = await Promise.all([
    import("/tests/page/fake_model.js"), import("/tests/page/kernel.js")]);
  const url = "/carto_widget/static/widget.js?another";  // a module of its own, as in a notebook
  const el = document.querySelector("#second");
  window.other = await mount(url, { height: 300, snapshot: null }, el);
  window.there = kernel(other.model);
  there.welcome();
  const [header, buffers] = texts({ guid: guids });
  there.send({ ...header, dataset }, buffers);
  there.frame({ x, y });
  there.selection(0, 0, null, [0]);
}"""
FIRST = """async ({ dataset, guids }) => {
  const { texts } = await import("/tests/page/kernel.js");
  const [header, buffers] = texts({ guid: guids });
  kernel.send({ ...header, dataset }, buffers);
  kernel.selection(0, 0, null, [0]);
}"""
# The plot of the second map, and where its ring is, at one moment.
RING = """() => {
  const ring = document.querySelector("#second .carto-ring");
  return [document.querySelector("#second canvas").dataset.plot,
          Number(ring.getAttribute("cx")), Number(ring.getAttribute("cy"))]; }"""
X, Y = [6553, MIDDLE, 58980], [6553, MIDDLE, 58980]
SAME = {"key": "train 1", "guids": "int"}


def two(
    carto: Map,
    here: dict[str, str] = SAME,
    there: dict[str, str] = SAME,
    guids: tuple[list[str], list[str]] = (["a", "b", "c"], ["a", "b", "c"]),
) -> Map:
    carto.mount(height=300).frame(X, Y)
    carto.page.evaluate(FIRST, {"dataset": here, "guids": guids[0]})
    about = {"x": X[::-1], "y": Y, "dataset": there, "guids": guids[1]}
    carto.page.evaluate(SECOND, about)
    carto.bare.wait("() => document.querySelector('#second .carto')?.dataset.frame === '1'")
    carto.page.locator("#second canvas").evaluate(SETTLED)
    return carto


def wait_there(carto: Map, selected: int) -> None:
    js = "n => document.querySelector('#second .carto').dataset.selected === n"
    carto.bare.wait(js, str(selected))


def sent_there(carto: Map) -> list[tuple[str, list[int]]]:
    sent: list[dict[str, Any]] = carto.page.evaluate("() => there.selects()")
    return [(one["how"], one["bits"]) for one in sent]


def test_maps_of_the_same_samples_select_together_and_tell_each_their_python(carto: Map) -> None:
    two(carto)
    carto.lasso(around(0.1, 0.1))
    wait_there(carto, 1)
    carto.page.keyboard.down("Shift")
    carto.lasso(around(0.5, 0.5))
    carto.page.keyboard.up("Shift")
    wait_there(carto, 2)
    assert sent_there(carto) == [("replace", [0b001]), ("replace", [0b011])]
    for number, one in enumerate(carto.page.evaluate("() => there.selects()"), 1):
        carto.page.evaluate("all => there.selection(...all)", [number, 1, one["operation"]])
    carto.page.evaluate("() => there.selection(3, 1, null, [4])")  # in the other's Python
    carto.wait_data("selected", "1")
    sent = [(one["how"], one["bits"]) for one in carto.kernel("selects")]
    assert sent == [("replace", [0b001]), ("add", [0b010]), ("replace", [0b100])]
    assert len(sent_there(carto)) == 2  # and it is not told again what it said


def test_the_same_sample_is_marked_where_the_pointer_is_not(carto: Map) -> None:
    two(carto)
    carto.move(0.1, 0.1)
    ring = carto.page.locator("#second .carto-ring")
    expect(ring).to_have_count(1)
    expect(carto.page.locator("#second .carto-tooltip")).to_be_hidden()
    plot, *at = carto.page.evaluate(RING)
    x, y, w, h = map(float, plot.split())
    assert at == pytest.approx([x + 0.9 * w, y + 0.9 * h], abs=1)
    carto.move(0.3, 0.9)
    expect(ring).to_have_count(0)


def test_what_is_selected_already_is_taken_over_by_a_map_that_comes(carto: Map) -> None:
    carto.mount(height=300).frame(X, Y)
    carto.page.evaluate(FIRST, {"dataset": SAME, "guids": ["a", "b", "c"]})
    carto.lasso(around(0.9, 0.9))
    about = {"x": X, "y": Y, "dataset": SAME, "guids": ["a", "b", "c"]}
    carto.page.evaluate(SECOND, about)
    wait_there(carto, 1)
    assert sent_there(carto) == [("replace", [0b100])]


def test_other_datasets_meet_by_the_texts_of_their_guids_when_asked(carto: Map) -> None:
    texts = ({"key": "train 1", "guids": "text"}, {"key": "validation 2", "guids": "text"})
    two(carto, *texts, guids=(["a", "b", "c"], ["c", "z", "a"]))
    carto.lasso(around(0.1, 0.1))
    carto.wait_data("selected", "1")
    carto.page.locator("#root").get_by_role("button", name="More").click()
    item = carto.page.get_by_role("menuitemcheckbox", name="Linked with other maps")
    expect(item).to_have_attribute("aria-checked", "false")
    assert sent_there(carto) == []
    item.click()
    wait_there(carto, 1)
    carto.page.keyboard.press("a")
    wait_there(carto, 2)
    assert sent_there(carto) == [("replace", [0b100]), ("replace", [0b101])]
    carto.wait_data("selected", "3")  # what the other does not have stays selected here
    carto.page.locator("#root canvas").focus()
    carto.page.keyboard.press("Shift+L")
    carto.page.keyboard.press("Escape")
    carto.wait_data("selected", "0")
    wait_there(carto, 2)


@pytest.mark.parametrize(
    ("there", "guids"),
    [
        ({"key": "train 2", "guids": "int"}, ["a", "b", "c"]),  # numbers of other samples
        ({"key": "train 2", "guids": "text"}, ["x", "y", "z"]),
        (None, ["a", "b", "c"]),
    ],
)
def test_maps_of_other_samples_are_never_linked(carto: Map, there: Any, guids: list[str]) -> None:
    here = {
        "key": "train 1",
        "guids": "text" if there == {"key": "train 2", "guids": "text"} else "int",
    }
    two(carto, here, there, guids=(["a", "b", "c"], guids))
    carto.lasso(around(0.1, 0.1))
    carto.wait_data("selected", "1")
    carto.page.keyboard.press("Shift+L")
    carto.lasso(around(0.5, 0.5))
    carto.page.locator("#root").get_by_role("button", name="More").click()
    expect(carto.page.get_by_role("menu")).to_be_visible()
    expect(carto.page.get_by_role("menuitemcheckbox", name="Linked")).to_have_count(0)
    assert sent_there(carto) == []


def test_a_map_that_nobody_sees_is_left_alone(carto: Map) -> None:
    two(carto)
    carto.page.evaluate("() => other.unrender()")
    carto.lasso(around(0.1, 0.1))
    carto.wait_data("selected", "1")
    assert sent_there(carto) == []
