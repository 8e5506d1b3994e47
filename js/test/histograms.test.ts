import { expect, test } from "vitest";
import { eased, heightOf } from "../src/scene/bars";
import { binsOf, counter } from "../src/scene/histograms";
import type { Domain } from "../src/state/types";
import { color, frame } from "./frames";

const code = (share: number): number => Math.floor(share * 65533 + 0.5);
const HOME: Domain = [0, 1];

/** The counts of one column of codes. */
function counts(xs: number[], more: object = {}, visible: Domain = HOME) {
  const of = frame(
    xs,
    xs.map(() => 0),
  );
  of.x = { ...of.x, ...more };
  const bins = { x: binsOf(of.x, visible), y: binsOf(of.y, HOME), color: binsOf(of.color, HOME) };
  const { count, tallies } = counter(of, bins, null, null);
  count(0, of.rows);
  return { bins: bins.x, all: [...tallies().x.all] };
}

test("values on an edge are in the bin above it, however their codes were rounded", () => {
  const tenths = Array.from({ length: 11 }, (_, i) => code(i / 10));
  const { bins, all } = counts(tenths);
  expect([bins.n, bins.from, bins.step]).toEqual([50, 0, 0.02]);
  // k tenths begin bin 5 k; the last value of all is in the last bin
  const filled = all.flatMap((count, i) => (count ? [i] : []));
  expect(filled).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 49]);
});

test("a class or a whole number has a bar of its own", () => {
  const names = { kind: "category", categories: ["a", "b", "c"], domain: [-0.5, 2.5] };
  const at = (k: number) => code((k + 0.5) / 3);
  expect(counts([at(0), at(2), at(2)], names, [-0.5, 2.5]).all).toEqual([1, 0, 2]);
  const whole = { kind: "count", domain: [0, 4] };
  expect(counts([0, code(0.25), code(1), code(1)], whole, [0, 4]).all).toEqual([1, 1, 0, 0, 2]);
});

test("closer to the map the bins are finer, and there is room beside what is visible", () => {
  const { bins } = counts([0], {}, [0.5, 0.51]);
  expect(bins.step).toBeCloseTo(0.0002);
  expect(bins.from).toBeCloseTo(0.495);
  expect(bins.from + bins.n * bins.step).toBeCloseTo(0.515);
});

test("steps of a colour, and rows without one", () => {
  const of = frame([0, 0, 0, 0], [0, 0, 0, 0]);
  of.color = color({ codes: Uint8Array.from([0, 10, 10, 255]) });
  const bins = { x: binsOf(of.x, HOME), y: binsOf(of.y, HOME), color: binsOf(of.color, HOME) };
  const { count, tallies } = counter(of, bins, null, null);
  count(0, 4);
  expect([...tallies().color.all]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
});

test("a continuous colour has bars of five codes each", () => {
  const column = color({ kind: "continuous", domain: [0, 2] });
  const { n, start, width, from } = binsOf(column, [0, 2]);
  expect([n, start, width]).toEqual([51, -0.5, 5]);
  expect(from).toBeCloseTo(-1 / 254);
});

test("what waits counts on its other axis, what is missing nowhere; hidden rows do not count", () => {
  const of = frame([65534, 65535, 0, 0], [0, 65535, 0, 65533]);
  const bins = { x: binsOf(of.x, HOME), y: binsOf(of.y, HOME), color: binsOf(of.color, HOME) };
  const count = (passing: number | null, selection: number | null) => {
    const bits = (byte: number | null) => (byte === null ? null : Uint8Array.of(byte));
    const counted = counter(of, bins, bits(passing), bits(selection));
    counted.count(0, 4);
    const tallies = counted.tallies();
    const sum = (of: Uint32Array) => of.reduce((a, b) => a + b, 0);
    return [tallies.x.all, tallies.y.all, tallies.color.all, tallies.y.chosen].map(sum);
  };
  expect(count(null, null)).toEqual([2, 3, 3, 0]);
  expect(count(0b0101, 0b1111)).toEqual([1, 2, 2, 2]);
});

test("bars go over to what was counted; new ones are there at once", () => {
  const tally = (all: number[]) => ({
    all: Uint32Array.from(all),
    chosen: new Uint32Array(all.length),
  });
  const bins = { n: 2, number: 0, from: 0, step: 0.5, start: 0, width: 1 };
  const first = eased(null, bins, tally([0, 100]), HOME, 1);
  expect([first.isThere, first.bars.top]).toEqual([true, 100]);
  const half = eased(first.bars, bins, tally([100, 100]), HOME, 0.5);
  expect([half.isThere, ...half.bars.all]).toEqual([false, 50, 100]);
  const moved = { ...bins, number: 1, from: 0.5 };
  const shifted = eased(half.bars, moved, tally([100, 80]), [0.5, 1.5], 0.5);
  expect([...shifted.bars.all]).toEqual([100, 80]); // bin 1 as it was, bin 2 was not drawn
});

test("heights are shares of the tallest, or of its logarithm", () => {
  expect(heightOf(25, 100, false)).toBe(0.25);
  expect(heightOf(1, 3, true)).toBe(0.5); // log 2 of log 4
  expect(heightOf(0, 3, true)).toBe(0);
});
