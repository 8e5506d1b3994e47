import { expect, test } from "vitest";
import { arrow, covariance, ellipse } from "../src/scene/marks";
import { colorOf } from "../src/scene/palette";
import { epochMark, epochName } from "../src/state/epochs";
import { modelStore } from "../src/state/model";
import { setTime } from "../src/state/timeline";
import { color } from "./frames";

const numbers = (path: string): number[] => path.match(/-?\d+(\.\d+)?/g)!.map(Number);

test("an arrow leads from the old place to the new one, with a head of two strokes", () => {
  // 6 px back along the way, 3 px to each side
  expect(numbers(arrow([10, 20], [110, 20]))).toEqual([10, 20, 110, 20, 104, 17, 110, 20, 104, 23]);
  expect(numbers(arrow([0, 0], [0, 10])).slice(4)).toEqual([2.5, 5, 0, 10, -2.5, 5]);
});

test("a sample that stays where it was has no arrow", () => {
  expect(arrow([10, 20], [12, 22])).toBe("");
});

test("an ellipse has the half-axes and the direction of its spread, y downwards", () => {
  // along the diagonal: half-axes 0.2 and 0.1 at 45 degrees
  const both = covariance(0.2, 0.1, 45);
  expect(both).toBeCloseTo((0.04 - 0.01) / 2);
  const side = Math.sqrt((0.04 + 0.01) / 2);
  const path = ellipse([50, 50], { across: side, up: side, both }, 100, -100);
  const [x, y, long, short, turn] = numbers(path);
  expect([long, short, turn]).toEqual([20, 10, -45]);
  const end = 20 / Math.SQRT2;
  expect(x).toBeCloseTo(50 + end, 1);
  expect(y).toBeCloseTo(50 - end, 1);
});

test("axes of other lengths stretch the ellipse", () => {
  const spread = { across: 0.1, up: 0.2, both: 0 };
  const [, , long, short, turn] = numbers(ellipse([0, 0], spread, 400, -100));
  expect([long, short, Math.abs(turn!)]).toEqual([40, 20, 0]);
});

test("a sample without a spread has no ellipse", () => {
  const none = { across: Number.NaN, up: Number.NaN, both: Number.NaN };
  expect(ellipse([0, 0], none, 100, -100)).toBe("");
  expect(ellipse([0, 0], { across: 0, up: 0, both: 0 }, 100, -100)).toBe("");
});

test("quiet categories are grey, the others keep their colours", () => {
  const kind = { kind: "category", categories: ["fixed", "same", "broken"] } as const;
  const plain = color({ ...kind, categories: [...kind.categories] });
  const quiet = { ...plain, quiet: [1] };
  expect(colorOf(quiet, 1, "light")).toEqual([141, 141, 141]);
  expect([0, 2].map((code) => colorOf(quiet, code, "light"))).toEqual(
    [0, 2].map((code) => colorOf(plain, code, "light")),
  );
});

test("two moments are called by their names, epochs by their numbers", () => {
  const model = modelStore(480);
  setTime(model, { epochs: { epochs: [0, 1], curves: [], marks: [] } });
  expect([epochName(model.get(), 1), epochMark(model.get(), 1)]).toEqual(["epoch 1", "1"]);
  setTime(model, { epochs: { epochs: [0, 1], curves: [], marks: [], names: ["before", "after"] } });
  expect([epochName(model.get(), 0), epochMark(model.get(), 1)]).toEqual(["before", "after"]);
});
