import { expect, test } from "vitest";
import { NONE_YET, searchBeyond, type Way } from "../src/interactions/beyond";
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

/** Where a step leads, of rows at these places. */
function after(xs: number[], ys: number[], row: number, way: Way, passing: Bits | null = null) {
  const columns = frame(xs, ys);
  const { toX, toY } = aimed(columns, HOME, [0, 0], where);
  const from = place(columns, row, toX, toY, where)!;
  const stride = { aim: aimed(columns, HOME, from, where), row, way };
  return searchBeyond(columns, stride, passing)(NONE_YET, 0, columns.rows).row;
}

test("a step leads to the nearest in the quarter of the plane on that side", () => {
  const xs = [30000, 32000, 30000, 40000, 20000];
  const ys = [30000, 34000, 50000, 31000, 29000];
  // row 1 is the nearest of all, but lies more above than to the right
  expect(after(xs, ys, 0, "right")).toBe(3);
  expect(after(xs, ys, 0, "up")).toBe(1);
  expect(after(xs, ys, 0, "left")).toBe(4);
  expect(after(xs, ys, 0, "down")).toBe(null);
});

test("rows on one spot are walked in their order, and back", () => {
  const [xs, ys] = [
    [1000, 30000, 30000, 30000, 60000],
    [30000, 30000, 30000, 30000, 30000],
  ];
  expect(after(xs, ys, 0, "right")).toBe(1);
  expect(after(xs, ys, 1, "right")).toBe(2);
  expect(after(xs, ys, 3, "right")).toBe(4);
  expect(after(xs, ys, 4, "left")).toBe(3);
  expect(after(xs, ys, 3, "left")).toBe(2);
  expect(after(xs, ys, 1, "left")).toBe(0);
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
