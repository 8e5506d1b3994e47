import { expect, test } from "vitest";
import { isInside, ring, rowsInside } from "../src/interactions/inside";
import { has } from "../src/state/bits";
import { frame } from "./frames";

const SQUARE = ring([
  [10, 10],
  [20, 10],
  [20, 20],
  [10, 20],
]);

test("even-odd in whole numbers: low edges belong to the ring, high ones do not", () => {
  expect(isInside(15, 15, SQUARE)).toBe(true);
  expect(isInside(10, 10, SQUARE)).toBe(true);
  expect(isInside(20, 15, SQUARE)).toBe(false);
  expect(isInside(15, 20, SQUARE)).toBe(false);
  expect(isInside(9, 15, SQUARE)).toBe(false);
});

test("a part that is enclosed twice is outside", () => {
  const twice = ring([
    [0, 0],
    [30, 0],
    [30, 30],
    [0, 30],
    [0, 0],
    [10, 10],
    [20, 10],
    [20, 20],
    [10, 20],
    [10, 10],
  ]);
  expect(isInside(15, 15, twice)).toBe(false);
  expect(isInside(5, 5, twice)).toBe(true);
});

test("two triangles that share an edge cut no point twice and lose none", () => {
  const [left, right] = [
    ring([
      [0, 0],
      [65533, 65533],
      [0, 65533],
    ]),
    ring([
      [0, 0],
      [65533, 0],
      [65533, 65533],
    ]),
  ];
  for (let i = 1; i < 65533; i += 911)
    for (let j = 1; j < 65533; j += 797)
      expect(Number(isInside(i, j, left)) + Number(isInside(i, j, right))).toBe(1);
});

test("rows without a place are never selected, wherever the ring reaches", () => {
  const all = ring([
    [-9e9, -9e9],
    [9e9, -9e9],
    [9e9, 9e9],
    [-9e9, 9e9],
  ]);
  const rows = frame([0, 65533, 65534, 30, 65535, 7], [0, 65533, 30, 65534, 65535, 65535]);
  const bits = rowsInside(rows, all);
  expect([0, 1, 2, 3, 4, 5].map((row) => has(bits, row))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("a ring of no area selects nothing", () => {
  expect([...rowsInside(frame([5], [5]), ring([]))]).toEqual([0]);
  expect([...rowsInside(frame([5], [5]), ring([[5, 5]]))]).toEqual([0]);
});

test("all rows at once are judged as each one alone, wherever the ring winds", () => {
  let seed = 7;
  const next = (to: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * to);
  };
  const corners = Array.from({ length: 40 }, (): [number, number] => [
    next(90000) - 12000,
    next(90000) - 12000,
  ]);
  const [xs, ys] = [0, 1].map(() => Array.from({ length: 3000 }, () => next(65534)));
  const bits = rowsInside(frame(xs!, ys!), ring(corners));
  const alone = xs!.map((x, row) => isInside(x, ys![row]!, ring(corners)));
  expect(xs!.map((_, row) => has(bits, row))).toEqual(alone);
  expect(alone.filter(Boolean).length).toBeGreaterThan(500);
});
