import { expect, test } from "vitest";
import { controlText, placeOf, STEPS, valueAt } from "../src/scene/slider";
import { answered, asking, isAwaited } from "../src/state/asks";
import { adopt, modelStore, select } from "../src/state/model";
import type { Control } from "../src/state/types";

const linear = (min: number, max: number): Control => ({
  name: "c",
  value: min,
  min,
  max,
  log: false,
});
const log = (min: number, max: number): Control => ({ ...linear(min, max), log: true });

test("a place is where the value stands, on a line or in decades", () => {
  expect([0, 0.25, 1].map((value) => placeOf(linear(0, 1), value))).toEqual([0, 25, 100]);
  expect([1e-6, 1e-3, 1e-1].map((value) => placeOf(log(1e-6, 1e-1), value))).toEqual([0, 60, 100]);
  expect([-5, 7].map((value) => placeOf(linear(0, 1), value))).toEqual([0, 100]); // beyond its range
});

test("values are round, and the ends are the ends", () => {
  expect([0, 37, 100].map((place) => valueAt(linear(0, 1), place))).toEqual([0, 0.37, 1]);
  expect([0, 1, 60, 61, 100].map((place) => valueAt(log(1e-6, 1e-1), place))).toEqual([
    1e-6, 1.1e-6, 1e-3, 1.1e-3, 1e-1,
  ]);
  expect(valueAt(linear(0.1, 0.3), 100)).toBe(0.3);
  expect(valueAt(linear(-200, 0), 1)).toBe(-198);
});

test.each([
  linear(0, 1),
  linear(-3, 1e-9),
  linear(1e6, 1e6 + 1),
  linear(0, 2 ** 31),
  log(1e-6, 1e-1),
  log(1, 2),
  log(0.9, 1),
  log(1e-30, 1e30),
])("every place of %o has a value of its own, in its range", (control) => {
  const values = Array.from({ length: STEPS + 1 }, (_, place) => valueAt(control, place));
  for (const [place, value] of values.entries()) {
    expect(value).toBeGreaterThanOrEqual(control.min);
    expect(value).toBeLessThanOrEqual(control.max);
    expect(Math.abs(placeOf(control, value) - place)).toBeLessThanOrEqual(1);
    if (place) expect(value).toBeGreaterThan(values[place - 1]!);
  }
});

test("values are said as one would write them", () => {
  const said = [0, 0.001, 3.2e-4, 1e-6, 0.05, 1.25, 128, 0.30000000000000004].map(controlText);
  expect(said).toEqual(["0", "0.001", "3.2e-4", "1e-6", "0.05", "1.25", "128", "0.3"]);
});

test("an ask waits for its own answer", () => {
  const model = modelStore(480);
  const first = asking(model, "pause");
  const second = asking(model, "set", { name: "lr", value: 0.1 });
  answered(model, "another page's");
  expect([isAwaited(model, first.id), isAwaited(model, second.id)]).toEqual([true, true]);
  answered(model, first.id);
  expect(model.get().asks).toEqual([second]);
});

test("the kernel is busy until the last answer has come, be it to a lasso or a command", () => {
  const model = modelStore(480);
  const command = asking(model, "pause");
  const lasso = select(model, "replace", Uint8Array.of(1))!;
  model.set({ kernelIsBusy: true });
  answered(model, command.id);
  expect(model.get().kernelIsBusy).toBe(true);
  adopt(model, 1, lasso.id, null);
  expect(model.get().kernelIsBusy).toBe(false);
  const another = asking(model, "pause");
  model.set({ kernelIsBusy: true });
  adopt(model, 2, null, Uint8Array.of(0)); // made in Python
  expect(model.get().kernelIsBusy).toBe(true);
  answered(model, another.id);
  expect(model.get().kernelIsBusy).toBe(false);
});
