"""A browser without WebGL2: the processor draws the same map."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from page_driver import BLUE, LAST, MIDDLE, MISSING, RED, WAITING, Map, X, Y, around

NO_WEBGL = """() => {
  const given = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return kind.startsWith("webgl") ? null : given.call(this, kind, ...more); }; }"""
PIXEL = """([fx, fy]) => {
  const canvas = document.querySelector(".carto canvas");
  const [x, y, w, h] = canvas.dataset.plot.split(" ").map(Number);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  const at = [(x + fx * w) * scale, (y + (1 - fy) * h) * scale].map(Math.floor);
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data]; }"""


@pytest.fixture
def plain(carto: Map) -> Map:
    carto.page.evaluate(NO_WEBGL)
    return carto.mount()


def wait_pixel(carto: Map, fx: float, fy: float, is_right: Callable[[list[int]], bool]) -> None:
    def pixel() -> list[int]:
        rgba: list[int] = carto.page.evaluate(PIXEL, [fx, fy])
        return rgba

    carto.until(lambda: is_right(pixel()), pixel)


def is_like(rgb: list[int], opacity: int = 180) -> Callable[[list[int]], bool]:
    return lambda pixel: (
        pixel[3] > opacity
        and all(abs(got - want) < 12 for got, want in zip(pixel, rgb, strict=False))
    )


def is_empty(pixel: list[int]) -> bool:
    return pixel[3] == 0


def test_a_frame_is_drawn_where_its_codes_say_and_the_status_line_says_how(plain: Map) -> None:
    plain.frame([0, MIDDLE, LAST, MISSING], [0, MIDDLE, LAST, 0], color=[10, 0, 10, 0])
    wait_pixel(plain, 0, 0, is_like(RED))
    wait_pixel(plain, 0.5, 0.5, is_like(BLUE))
    wait_pixel(plain, 1, 0, is_empty)
    plain.wait_text(".carto-facts", "drawn without WebGL2")


def test_points_glide_to_their_new_place_and_waiting_ones_stand_in_the_strip(plain: Map) -> None:
    plain.frame([WAITING, 0], [MIDDLE, MIDDLE])
    plain.wait_text(".carto-front", "one epoch")
    wait_pixel(plain, 0, 0.5, is_like(RED))
    plain.frame([LAST, LAST], [MIDDLE, MIDDLE], frames=2)
    wait_pixel(plain, 1, 0.5, is_like(RED))
    wait_pixel(plain, 0, 0.5, is_empty)


def test_a_lasso_selects_and_dims_the_others(plain: Map) -> None:
    plain.frame(X, Y, color=[10] * 5)
    wait_pixel(plain, 0.5, 0.5, is_like(RED))
    plain.lasso(around(0.5, 0.5))
    plain.wait_data("selected", "1")
    wait_pixel(plain, 0.5, 0.5, is_like(RED, 250))
    wait_pixel(plain, 0.1, 0.1, lambda pixel: 0 < pixel[3] < 60)


def test_hover_and_pan_work(plain: Map) -> None:
    plain.frame([MIDDLE], [MIDDLE])
    plain.kernel("texts", {"guid": ["the only one"]})
    plain.page.mouse.move(*plain.at(0.5, 0.5))
    plain.wait_text(".carto-tooltip", "the only one")
    plain.page.locator(".carto canvas").press("p")
    plain.begin([(0.5, 0.5), (0.7, 0.5)])
    plain.page.mouse.up()
    wait_pixel(plain, 0.7, 0.5, is_like(RED))
    wait_pixel(plain, 0.5, 0.5, is_empty)


def test_where_nothing_can_draw_the_status_line_says_what_to_do(carto: Map) -> None:
    carto.page.evaluate("() => { HTMLCanvasElement.prototype.getContext = () => null; }")
    carto.mount().frame(X, Y)
    carto.wait_text(".carto-facts", "open the notebook in another one")
