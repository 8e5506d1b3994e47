import { expect, test } from "vitest";
import { NONE_YET, type Stride, searchBeyond, type Way } from "../src/interactions/beyond";
import { byKey } from "../src/interactions/keys";
import { aimed } from "../src/interactions/nearest";
import { layout } from "../src/scene/layout";
import { place } from "../src/scene/place";
import type { Action } from "../src/state/actions";
import { type Bits, only } from "../src/state/bits";
import { HOME, WAITING } from "../src/state/types";
import { sections } from "../src/ui/keyhelp";
import { frame } from "./frames";

const open = { x: 1, y: 0 };
const where = layout({ width: 500, height: 500 }, open);

/** Where a stride leads from a row, of rows at these places; a pixel is 135 codes or more. */
function led(xs: number[], ys: number[], row: number, stride: Partial<Stride>, passing?: Bits) {
  const columns = frame(xs, ys);
  const { toX, toY } = aimed(columns, HOME, [0, 0], where);
  const from = place(columns, row, toX, toY, where)!;
  const whole = { aim: aimed(columns, HOME, from, where), way: null, ...stride };
  return searchBeyond(columns, whole, passing ?? null)(NONE_YET, 0, columns.rows).row;
}
const after = (xs: number[], ys: number[], row: number, way: Way, passing?: Bits) =>
  led(xs, ys, row, { way }, passing);

test("a step leads to the nearest in the quarter of the plane on that side", () => {
  const xs = [30000, 32000, 30000, 40000, 20000];
  const ys = [30000, 34000, 50000, 31000, 29000];
  // row 1 is the nearest of all, but lies more above than to the right
  expect(after(xs, ys, 0, "right")).toBe(3);
  expect(after(xs, ys, 0, "up")).toBe(1);
  expect(after(xs, ys, 0, "left")).toBe(4);
  expect(after(xs, ys, 0, "down")).toBe(null);
});

test("what is less than a step away is not gone to", () => {
  const [xs, ys] = [
    [30000, 30000, 30700, 31400, 60000],
    [30000, 30000, 30000, 30000, 30000],
  ]; // none, 4.5 and 9 px away
  expect(after(xs, ys, 0, "right")).toBe(3);
  expect(after(xs, ys, 3, "left")).toBe(0);
  expect(after(xs, ys, 0, "left")).toBe(null);
});

test("round a row all others follow by how far they are, those on one spot in their order", () => {
  const xs = [30000, 30100, 30000, 29950, 65535, 30100];
  const ys = [30000, 30000, 30000, 30000, 30000, 30000];
  const walk: (number | null)[] = [];
  let at: number | null = 0;
  while (at !== null && walk.length < 9) {
    walk.push(at);
    at = led(xs, ys, 0, { from: { row: at, to: "next" } });
  }
  expect(walk).toEqual([0, 2, 3, 1, 5]);
  const back = walk.map((row) => led(xs, ys, 0, { from: { row: row!, to: "before" } }));
  expect(back).toEqual([null, 0, 2, 3, 1]);
});

test("what is filtered out is passed over, and what waits stands in its strip", () => {
  const [xs, ys] = [
    [20000, 30000, 40000, WAITING],
    [30000, 30000, 30000, 30000],
  ];
  expect(after(xs, ys, 0, "right", only(2, 4))).toBe(2);
  expect(after(xs, ys, 0, "left")).toBe(3);
  expect(after(xs, ys, 3, "right")).toBe(0);
});

const action = (keys: string[], title: string): Action => ({
  keys,
  title,
  group: "move",
  run() {},
});

test("a key that is given twice is a fault", () => {
  expect([...byKey([action(["a", "b"], "one"), action(["c"], "two")]).keys()]).toEqual([..."abc"]);
  expect(() => byKey([action(["a"], "one"), action(["a"], "two")])).toThrow("the key a: one, two");
});

test("every action is listed under one heading", () => {
  const groups = ["move", "select", "show", "time", "samples"] as const;
  const all = groups.map((group) => ({ ...action([group], group), group }));
  const listed = sections(all).flatMap(({ some }) => some);
  expect(new Set(listed)).toEqual(new Set(all));
  expect(listed).toHaveLength(all.length);
});
