import { expect, test } from "vitest";
import { combined, count, has, noBits, padded } from "../src/state/bits";
import { adopt, connected, modelStore, select } from "../src/state/model";
import { adopted, isOwn, NOTHING, selecting, settled } from "../src/state/selection";
import type { How } from "../src/state/types";

const bits = (...bytes: number[]) => Uint8Array.from(bytes);
const replace = (id: string, ...bytes: number[]) => ({
  id,
  how: "replace" as How,
  operand: bits(...bytes),
});

test("row i is bit i & 7 of byte i >> 3", () => {
  const set = bits(0b0000_0001, 0b1000_0000);
  expect([0, 1, 14, 15, 99].map((row) => has(set, row))).toEqual([true, false, false, true, false]);
  expect(count(set)).toBe(2);
  expect([noBits(0).length, noBits(1).length, noBits(8).length, noBits(9).length]).toEqual([
    0, 1, 1, 2,
  ]);
  expect([...padded(set, 17)]).toEqual([1, 128, 0]);
  expect([...padded(set, 8)]).toEqual([1]);
});

test.each<[How, number]>([
  ["replace", 0b0110],
  ["add", 0b1110],
  ["subtract", 0b1000],
  ["intersect", 0b0100],
])("%s", (how, expected) => {
  expect([...combined(bits(0b1100), how, bits(0b0110))]).toEqual([expected]);
});

test("rows beyond a set's end are not in it", () => {
  expect([...combined(bits(1), "add", bits(0, 1))]).toEqual([1, 1]);
  expect([...combined(bits(1, 1), "intersect", bits(1))]).toEqual([1, 0]);
});

test("a selection is shown at once and stays when the kernel confirms it without its bits", () => {
  const shown = selecting(NOTHING, replace("a", 0b101));
  expect([shown.count, shown.revision, isOwn(shown, "a")]).toEqual([2, 0, true]);
  const agreed = adopted(shown, 1, "a", null);
  expect([agreed.count, agreed.revision, agreed.pending.length]).toEqual([2, 1, 0]);
});

test("what is on its way is drawn on top of what the kernel says meanwhile", () => {
  const first = selecting(NOTHING, replace("a", 0b0001));
  const both = selecting(first, { id: "b", how: "add", operand: bits(0b1000) });
  const fromPython = adopted(both, 7, null, bits(0b0100));
  expect([...fromPython.bits]).toEqual([0b1001]); // replace by a, then add b
  const afterA = adopted(fromPython, 8, "a", bits(0b0010));
  expect([...afterA.bits]).toEqual([0b1010]); // the kernel's word for a, then add b
});

test("settled: what is drawn counts as confirmed", () => {
  const still = settled(selecting(NOTHING, replace("a", 1)));
  expect([[...still.confirmed], still.pending]).toEqual([[1], []]);
});

test("on a saved sample a selection stays in the browser and goes when the kernel speaks", () => {
  const model = modelStore(480);
  model.set({ connection: "saved", isSample: true });
  expect(select(model, "replace", bits(1))).toBeNull();
  expect(model.get().selection.count).toBe(1);
  connected(model);
  expect([model.get().connection, model.get().selection.count]).toEqual(["live", 0]);
});

test("the note that the kernel is busy ends with its answer", () => {
  const model = modelStore(480);
  const operation = select(model, "replace", bits(1))!;
  model.set({ kernelIsBusy: true });
  adopt(model, 1, operation.id, null);
  expect([model.get().kernelIsBusy, model.get().selection.revision]).toEqual([false, 1]);
});
