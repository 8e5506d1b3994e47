import { expect, test } from "vitest";
import { layout, openStrips } from "../src/scene/layout";
import { axisTicks, colorText, endText, positionText } from "../src/scene/numbers";
import { colorOf, css, lastCode, palette } from "../src/scene/palette";
import { place } from "../src/scene/place";
import { diameter, opacity } from "../src/scene/points";
import { affineX, affineY, scaleX } from "../src/scene/scales";
import { HOME } from "../src/state/types";
import { color, frame } from "./frames";

const SIZE = { width: 514, height: 314 };
const CLOSED = layout(SIZE, { x: 0, y: 0 });

test("without strips the data fills the canvas but for room for a point", () => {
  expect(CLOSED.plot).toEqual({ x: 7, y: 7, width: 500, height: 300 });
});

test("a strip opens only where rows wait, and takes its room from the data", () => {
  const waiting = frame([65534, 5], [5, 5]);
  expect(openStrips(waiting)).toEqual({ x: 1, y: 0 });
  const { plot, xStrip } = layout(SIZE, openStrips(waiting));
  expect(xStrip.x).toBe(7);
  expect(xStrip.x + xStrip.width).toBeLessThan(plot.x);
  expect(plot.x + plot.width).toBe(507);
});

test("a strip that opens grows in its own place and never leaves the canvas", () => {
  const [half, whole] = [layout(SIZE, { x: 0.5, y: 0.5 }), layout(SIZE, { x: 1, y: 1 })];
  expect([half.xStrip.x, whole.xStrip.x]).toEqual([7, 7]);
  expect(half.xStrip.width).toBe(whole.xStrip.width / 2);
  expect(half.xStrip.x + half.xStrip.width).toBeLessThan(half.plot.x);
  expect(half.yStrip.y + half.yStrip.height).toBe(307);
  expect(whole.yStrip.y + whole.yStrip.height).toBe(307);
});

test("the ends of the domain are the corners of the plot", () => {
  const two = frame([0, 65533], [0, 65533]);
  const [toX, toY] = [
    affineX(two.x, two.x, HOME, CLOSED.plot),
    affineY(two.y, two.y, HOME, CLOSED.plot),
  ];
  expect(place(two, 0, toX, toY, CLOSED)).toEqual([7, 307]);
  expect(place(two, 1, toX, toY, CLOSED)!.map((px) => Math.round(px * 1e6) / 1e6)).toEqual([
    507, 7,
  ]);
});

test("a frame over an older, smaller domain stands at its values on the newer axis", () => {
  const old = frame([65533], [0]).x;
  const shown = { ...old, domain: [0, 2] as const };
  const [factor, offset] = affineX(old, shown, HOME, CLOSED.plot);
  expect(factor * 65533 + offset).toBeCloseTo(257, 9); // value 1 in the middle of 0..2
});

test("pixels and values are each other's inverse under a camera", () => {
  const scale = scaleX(frame([0], [0]).x, { x: [0.2, 0.7], y: [0, 1] }, CLOSED.plot);
  expect(scale.toPixel(0.2)).toBeCloseTo(7, 9);
  expect(scale.toValue(scale.toPixel(0.31))).toBeCloseTo(0.31, 12);
  expect(scale.toCode(7)).toBe(Math.round(0.2 * 65533));
});

test("a missing row has no place, a waiting one stands in the strip", () => {
  const rows = frame([65535, 65534], [5, 0]);
  const at = layout(SIZE, openStrips(rows));
  const [toX, toY] = [
    affineX(rows.x, rows.x, HOME, at.plot),
    affineY(rows.y, rows.y, HOME, at.plot),
  ];
  expect(place(rows, 0, toX, toY, at)).toBeNull();
  const [x, y] = place(rows, 1, toX, toY, at)!;
  expect(x >= at.xStrip.x && x <= at.xStrip.x + at.xStrip.width).toBe(true);
  expect(y).toBe(at.plot.y + at.plot.height);
});

test("steps take the paper's colours: blue, near black, red; on dark the middle is light", () => {
  const colors = (theme: "light" | "dark") =>
    [0, 5, 10].map((code) => css(colorOf(color(), code, theme)));
  expect(colors("light")).toEqual(["rgb(80, 112, 219)", "rgb(34, 34, 34)", "rgb(209, 72, 58)"]);
  expect(colors("dark")[1]).toBe("rgb(227, 225, 220)");
});

test("each kind spreads its own codes over its palette, and a missing colour is a pale grey", () => {
  const category = color({ kind: "category", categories: ["a", "b"], domain: [0, 1] });
  expect([color(), category, color({ kind: "count" })].map(lastCode)).toEqual([10, 1, 254]);
  const bytes = palette(category, "light");
  expect([...bytes.slice(0, 4), ...bytes.slice(255 * 4)]).toEqual([
    0, 114, 178, 255, 154, 154, 154, 140,
  ]);
});

test("a category has the colour that somebody has chosen for it, if that is one", () => {
  const colors = ["#ff8000", null, "url(evil)"];
  const chosen = color({ kind: "category", categories: ["a", "b", "c"], colors });
  const plain = color({ kind: "category", categories: ["a", "b", "c"] });
  const [first, ...others] = [0, 1, 2].map((code) => colorOf(chosen, code, "light"));
  expect(first).toEqual([255, 128, 0]);
  expect(others).toEqual([1, 2].map((code) => colorOf(plain, code, "light")));
});

test("ticks are round, counts whole, categories their names", () => {
  const { x } = frame([0], [0]);
  expect(axisTicks(x, [0, 0.5], 500, 80).map(({ label }) => label)).toEqual([
    "0.0",
    "0.1",
    "0.2",
    "0.3",
    "0.4",
    "0.5",
  ]);
  const counts = { ...x, kind: "count" as const, domain: [0, 3] as const };
  expect(axisTicks(counts, [0, 3], 500, 50).map(({ label }) => label)).toEqual([
    "0",
    "1",
    "2",
    "3",
  ]);
  const named = {
    ...x,
    kind: "category" as const,
    categories: ["no", "yes"],
    domain: [0, 1] as const,
  };
  expect(axisTicks(named, [0, 1], 300, 50).map(({ label }) => label)).toEqual(["no", "yes"]);
});

test("values are told to the precision their domain asks for", () => {
  const { x } = frame([0], [0]);
  expect(positionText({ ...x, domain: [0, 0.5] }, 32767)).toBe("0.250");
  expect(positionText({ ...x, kind: "count", domain: [0, 40000] }, 65533)).toBe("40,000");
  expect([
    colorText(color(), 7),
    colorText(color({ kind: "count", domain: [0, 254] }), 12),
  ]).toEqual(["0.7", "12"]);
  const ends = (low: number, high: number) => endText({ kind: "count", domain: [low, high] }, high);
  expect([ends(0, 1), ends(0, 12000), ends(1990, 2020)]).toEqual(["1", "12,000", "2020"]);
});

test("points shrink and grow paler as they get many", () => {
  expect(diameter(3700, HOME)).toBeCloseTo(4.6);
  expect(diameter(1_000_000, HOME)).toBeCloseTo(1.9, 1);
  expect(opacity(1_000_000, HOME)).toBeLessThan(opacity(3700, HOME));
});
