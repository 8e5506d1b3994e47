"""A million points on the page: neither one blob nor a rare corner lost."""

from __future__ import annotations

from typing import Any

import pytest
from page_driver import LAST, MIDDLE, Map

# A crowd whose density falls off from its middle, all red, and twenty blue points far from it.
A_MILLION = """() => {
  let state = 7;
  const random = () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
  const n = 1_000_000, rare = 20;
  const [x, y, color] = [new Uint16Array(n), new Uint16Array(n), new Uint8Array(n).fill(10)];
  for (let i = 0; i < n; i++) {
    const far = 0.28 * random() ** 1.5, turn = 2 * Math.PI * random();
    x[i] = 65533 * (0.35 + far * Math.cos(turn));
    y[i] = 65533 * (0.6 + far * Math.sin(turn)); }
  for (let i = 0; i < rare; i++) {
    const row = Math.floor((i * n) / rare);
    [x[row], y[row]] = [65533 * (0.8 + 0.04 * (i % 5)), 65533 * (0.05 + 0.04 * Math.floor(i / 5))];
    color[row] = 0; }
  kernel.frame({ x, y, color }); }"""

# What is seen in a part of the plot, over white: pixels, row by row from the bottom.
SEEN = """([fx0, fy0, fx1, fy1]) => {
  const canvas = document.querySelector(".carto canvas");
  const gl = canvas.getContext("webgl2");
  const [x, y, w, h] = canvas.dataset.plot.split(" ").map(Number);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  const left = Math.round((x + fx0 * w) * scale), right = Math.round((x + fx1 * w) * scale);
  const low = Math.round(canvas.height - (y + (1 - fy0) * h) * scale);
  const high = Math.round(canvas.height - (y + (1 - fy1) * h) * scale);
  const bytes = new Uint8Array((right - left) * (high - low) * 4);
  gl.readPixels(left, low, right - left, high - low, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  const pixels = [];
  for (let i = 0; i < bytes.length; i += 4)
    pixels.push([0, 1, 2].map(k => bytes[i + k] + 255 - bytes[i + 3]));
  return pixels; }"""
Pixels = list[list[int]]


@pytest.fixture
def crowded(carto: Map) -> Map:
    carto.mount()
    carto.page.evaluate(A_MILLION)
    carto.wait_frames(1)
    return carto


def seen(carto: Map, *part: float) -> Pixels:
    """What is seen when all points are drawn and stay where they are."""
    carto.settle()
    carto.wait_data("drawn", "all")
    pixels: Pixels = carto.page.evaluate(SEEN, list(part))
    return pixels


def luminance(rgb: list[int]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _unit(rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _unit(rgb: list[int]) -> list[float]:
    return [byte / 255 for byte in rgb]


def contrast_to_white(rgb: list[int]) -> float:
    return 1.05 / (luminance(rgb) + 0.05)


def test_each_of_twenty_points_in_a_million_is_seen_in_its_own_colour(crowded: Map) -> None:
    for i in range(20):
        fx, fy = 0.8 + 0.04 * (i % 5), 0.05 + 0.04 * (i // 5)
        clearest = max(
            seen(crowded, fx - 0.01, fy - 0.015, fx + 0.01, fy + 0.015), key=contrast_to_white
        )
        assert contrast_to_white(clearest) > 1.6
        assert clearest[2] > clearest[0] + 40  # blue, as it is alone


def test_the_bulk_shows_where_it_is_densest(crowded: Map) -> None:
    bulk = seen(crowded, 0.07, 0.32, 0.63, 0.88)
    levels: dict[int, int] = {}
    for pixel in bulk:
        level = round(64 * luminance(pixel))
        levels[level] = levels.get(level, 0) + 1
    assert len([n for n in levels.values() if n >= 50]) >= 16
    rings = [seen(crowded, 0.35 + r, 0.59, 0.36 + r, 0.61) for r in (0.0, 0.1, 0.2)]
    means = [sum(map(luminance, ring)) / len(ring) for ring in rings]
    assert means[0] < means[1] - 0.02 < means[2] - 0.04  # darker towards the middle
    assert all(pixel[0] > pixel[2] + 30 for pixel in rings[1])  # and red, not mud


def test_what_is_selected_lies_on_top_of_the_crowd(crowded: Map) -> None:
    before = seen(crowded, 0.34, 0.59, 0.36, 0.61)
    box = [(0.78, 0.02), (0.99, 0.02), (0.99, 0.2), (0.78, 0.2)]
    crowded.lasso(box)
    crowded.wait_data("selected", "20")
    after = seen(crowded, 0.34, 0.59, 0.36, 0.61)
    assert min(map(luminance, after)) > max(map(luminance, before))  # dimmed
    assert max(map(contrast_to_white, seen(crowded, 0.79, 0.04, 0.81, 0.06))) > 3


def test_coming_closer_the_crowd_melts_into_points(crowded: Map) -> None:
    crowded.page.mouse.move(*crowded.at(0.35, 0.6))
    crowded.page.keyboard.down("Control")
    for _ in range(36):
        crowded.page.mouse.wheel(0, -120)
    crowded.page.keyboard.up("Control")
    between = [pixel for pixel in seen(crowded, 0.1, 0.1, 0.9, 0.9) if min(pixel) > 250]
    assert len(between) > 1000


def test_sizes_and_shapes_are_those_of_their_codes(carto: Map) -> None:
    places = [MIDDLE // 2, MIDDLE, MIDDLE + MIDDLE // 2, LAST]
    codes: dict[str, Any] = {"size": [0, 254, 255, 127], "shape": [0, 0, 0, 1]}
    carto.mount().frame(places, [MIDDLE] * 4, **codes)

    def wide(fx: float) -> int:
        row = seen(carto, fx - 0.02, 0.5, min(1.0, fx + 0.02), 0.505)
        return sum(1 for pixel in row[: len(row) // 2] if min(pixel) < 200)

    assert wide(0.5) >= 3 * wide(0.25) > 0  # the largest and the smallest
    assert abs(wide(0.75) - wide(0.25)) <= 1  # without a size: small


def test_a_square_has_corners_and_a_plus_has_none(carto: Map) -> None:
    carto.mount().frame([MIDDLE // 2, MIDDLE], [MIDDLE] * 2, size=[254, 254], shape=[1, 4])
    across, up = (6 / side for side in carto.settle()[4:])  # px to fractions of the plot
    assert contrast_to_white(seen(carto, 0.25 + across, 0.5 + up, 0.26 + across, 0.51 + up)[0]) > 2
    assert seen(carto, 0.5 + across, 0.5 + up, 0.51 + across, 0.51 + up)[0] == [255, 255, 255]
