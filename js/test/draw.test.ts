import { expect, test } from "vitest";
import { governor } from "../src/draw/governor";
import { contexts, type Holder } from "../src/gl/contexts";
import { stamp } from "../src/gl/marker";
import { crowd, shown } from "../src/scene/crowd";
import { markerPath, SHAPES } from "../src/scene/markers";
import { colorOf, css } from "../src/scene/palette";
import { density, opacity } from "../src/scene/points";
import type { Affine } from "../src/scene/scales";
import { HOME } from "../src/state/types";
import { color, frame } from "./frames";

const PLOT = { x: 0, y: 0, width: 80, height: 80 };
const AS_IS: Affine = [1, 0];
const everyone = () => true;

test("a crowd is counted in the plot alone, by those that are shown", () => {
  const rows = frame([1, 2, 3, 500, 65535], [1, 2, 3, 4, 4]);
  expect(crowd(rows, AS_IS, AS_IS, PLOT, everyone).mean).toBeCloseTo(3 / 6400);
  const isShown = shown(Uint8Array.of(0b111), Uint8Array.of(0b001), 1);
  expect(crowd(rows, AS_IS, AS_IS, PLOT, isShown).mean).toBeCloseTo(2 / 6400);
});

test("the neighbourhood of a row is that of its cell, and a row alone has none", () => {
  expect(crowd(frame([1, 40], [1, 40]), AS_IS, AS_IS, PLOT, everyone).local).toBe(0);
  const four = frame([1, 2, 3, 4], [1, 2, 3, 4]); // each has three others in its 64 square pixels
  expect(crowd(four, AS_IS, AS_IS, PLOT, everyone).local).toBeCloseTo(3 / 64);
});

test("of very many rows a sample tells the same", () => {
  const places = Array.from({ length: 200_000 }, (_, row) => row % 160); // half of them in sight
  const rows = frame(places, places);
  expect(crowd(rows, AS_IS, AS_IS, PLOT, everyone).mean).toBeCloseTo(101_250 / 6400, -1);
});

test("which rows a layer shows: those that pass, and of them the selected or the others", () => {
  const [passing, selected] = [Uint8Array.of(0b0111), Uint8Array.of(0b1010)];
  const rows = (drawn: 0 | 1 | 2) => [0, 1, 2, 3].filter(shown(passing, selected, drawn));
  expect([rows(0), rows(1), rows(2)]).toEqual([[0, 1, 2], [0, 2], [1]]);
  expect([0, 1, 2, 3].filter(shown(null, selected, 2))).toEqual([1, 3]);
});

test("points become counts little by little as they crowd", () => {
  expect([density(0, 4), density(0.01, 4), density(10, 4)]).toEqual([0, 0, 1]);
  const steps = Array.from({ length: 200 }, (_, i) => density(0.02 * 1.02 ** i, 4));
  const jumps = steps.slice(1).map((step, i) => step - steps[i]!);
  expect(Math.min(...jumps)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...jumps)).toBeLessThan(0.04);
});

test("coming closer, points that are few in sight are as opaque as few are", () => {
  expect(opacity(1e6, { x: [0, 0.01], y: [0, 0.01] })).toBe(0.9);
  expect(opacity(1e6, HOME)).toBeGreaterThan(0.6); // one alone is seen
});

test("few rows are always drawn, all of them; of many as many as there is time for", () => {
  const pace = governor();
  const draws = (rows: number, ms: number) => {
    pace.began(pace.share(rows) * rows, 0);
    pace.ended(ms);
  };
  draws(1e6, 170);
  expect(pace.share(1e6)).toBeCloseTo(0.1);
  expect(pace.share(200_000)).toBe(1);
  draws(1e6, 16);
  expect(pace.share(1e6)).toBeCloseTo(0.125);
  draws(1e6, 1000);
  expect(pace.share(1e6)).toBe(0.1); // never less than 100,000
  for (let i = 0; i < 20; i++) draws(1e6, 16);
  expect(pace.share(1e6)).toBe(1);
});

test("of a page's contexts those out of sight longest go back, those in sight never", () => {
  const page = contexts();
  const released: number[] = [];
  const holder = (i: number): Holder => ({
    isInSight: () => i > 2,
    release: () => released.push(i),
  });
  const all = Array.from({ length: 16 }, (_, i) => holder(i));
  for (const one of all.slice(0, 12)) page.take(one);
  page.take(all[0]!); // seen once more
  for (const one of all.slice(12)) page.take(one);
  expect(released).toEqual([1, 2, 0]);
});

test("every shape has a marker of its own; none and the ninth begin anew", () => {
  const paths = Array.from({ length: SHAPES }, (_, shape) => markerPath(shape));
  expect(new Set(paths).size).toBe(8);
  expect(markerPath(255)).toBe(paths[0]);
  expect(markerPath(8)).toBe(paths[0]);
  expect(markerPath(1, 10)).toBe("M-8.9 -8.9L8.9 -8.9L8.9 8.9L-8.9 8.9Z");
});

test("every marker covers about the area of the circle", () => {
  const area = (shape: number) => stamp(shape, 8).cover.reduce((sum, part) => sum + part, 0);
  expect(area(0)).toBeCloseTo(Math.PI * 64, -1);
  for (let shape = 1; shape < SHAPES; shape++) {
    expect(area(shape) / area(0)).toBeGreaterThan(0.6);
    expect(area(shape) / area(0)).toBeLessThan(1.2);
  }
});

test("twenty categories have colours of their own; what stands for the others is grey", () => {
  const categories = Array.from({ length: 21 }, (_, i) => `${i}`);
  const column = color({ kind: "category", categories, other: 300 });
  const colors = categories.map((_, code) => css(colorOf(column, code, "light")));
  expect(new Set(colors).size).toBe(21);
  expect([colors[0], colors[20]]).toEqual(["rgb(0, 114, 178)", "rgb(141, 141, 141)"]);
});
