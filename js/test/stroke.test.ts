import { expect, test } from "vitest";
import { isInside } from "../src/interactions/inside";
import { rowsTouched, stroke, toucher } from "../src/interactions/stroke";
import { has, noBits } from "../src/state/bits";
import type { Pixel } from "../src/state/types";
import { frame } from "./frames";

const same = (at: Pixel): Pixel => at;

/** Numbers that look random and are the same every time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("one spot is a disc", () => {
  const rings = stroke([[1000, 1000]], 100, same);
  expect(rings.length).toBe(1);
  const rows = frame([1000, 1098, 1102, 1075, 1065, 65535], [1000, 1000, 1000, 1075, 1065, 1000]);
  const bits = rowsTouched(rows, rings);
  expect([0, 1, 2, 3, 4, 5].map((row) => has(bits, row))).toEqual([
    true,
    true,
    false,
    false, // 106 from the middle
    true, // 92
    false, // has no place
  ]);
});

test("a path covers what is within its radius, however few its corners", () => {
  const rings = stroke(
    [
      [1000, 1000],
      [9000, 1000],
    ],
    100,
    same,
  );
  const rows = frame([5000, 5000, 5000, 890, 9090], [1000, 1099, 1101, 1000, 1000]);
  const bits = rowsTouched(rows, rings);
  expect([0, 1, 2, 3, 4].map((row) => has(bits, row))).toEqual([true, true, false, false, true]);
});

test("what is covered twice is covered", () => {
  const back: Pixel[] = [
    [1000, 1000],
    [3000, 1000],
    [1000, 1000],
  ];
  const bits = rowsTouched(frame([2000], [1010]), stroke(back, 100, same));
  expect(has(bits, 0)).toBe(true);
});

test("corners that lie close together are left out, but for the last", () => {
  const path = Array.from({ length: 101 }, (_, i): Pixel => [1000 + i, 500]);
  expect(stroke(path, 100, same).length).toBe(5);
  expect(stroke(path.slice(0, 5), 100, same).length).toBe(1);
});

test("the rows are those in any of its rings, tried one by one", () => {
  const random = dice(7);
  const place = () => Math.floor(random() * 65536);
  const path = Array.from({ length: 40 }, (): Pixel => [place() - 3000, place()]);
  const rings = stroke(path, 2500, ([x, y]) => [Math.round(x * 1.1), Math.round(y * 0.8)]);
  const rows = frame(Array.from({ length: 20_000 }, place), Array.from({ length: 20_000 }, place));
  const bits = rowsTouched(rows, rings);
  const halves = noBits(rows.rows);
  const mark = toucher(rows, rings);
  mark(halves, 10_000, 20_000);
  mark(halves, 0, 10_000);
  let n = 0;
  for (let row = 0; row < rows.rows; row++) {
    const [x, y] = [rows.x.codes[row]!, rows.y.codes[row]!];
    const isIn = x <= 65533 && y <= 65533 && rings.some((one) => isInside(x, y, one));
    if (has(bits, row) !== isIn || has(halves, row) !== isIn) throw new Error(`row ${row}`);
    n += Number(isIn);
  }
  expect(n).toBeGreaterThan(2000);
});
