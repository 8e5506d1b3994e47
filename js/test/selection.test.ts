import { expect, test } from "vitest";
import { selecting as gestures } from "../src/interactions/selecting";
import { combined, count, has, isEqual, noBits, padded } from "../src/state/bits";
import { adopt, connected, leaveSample, modelStore, select } from "../src/state/model";
import { adopted, isOwn, NOTHING, selecting, settled } from "../src/state/selection";
import { NO_STEPS, redone, stepped, undone } from "../src/state/steps";
import type { How } from "../src/state/types";
import { viewStore } from "../src/state/view";
import { frame } from "./frames";

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

test("on a saved sample a selection stays in the browser, and goes when all rows have come", () => {
  const model = modelStore(480);
  model.set({ connection: "saved", isSample: true });
  expect(select(model, "replace", bits(1))).toBeNull();
  expect(model.get().selection.count).toBe(1);
  connected(model);
  expect([model.get().connection, model.get().selection.count]).toEqual(["live", 1]);
  leaveSample(model);
  expect(model.get().selection.count).toBe(0);
});

test("the note that the kernel is busy ends with its answer", () => {
  const model = modelStore(480);
  const operation = select(model, "replace", bits(1))!;
  model.set({ kernelIsBusy: true });
  adopt(model, 1, operation.id, null);
  expect([model.get().kernelIsBusy, model.get().selection.revision]).toEqual([false, 1]);
});

test("every other set is a step, whoever made it; the same set again is none", () => {
  const model = modelStore(480);
  adopt(model, 3, null, bits(0b1)); // the first that is heard of
  const mine = select(model, "add", bits(0b10))!;
  adopt(model, 4, mine.id, bits(0b11)); // the kernel agrees
  adopt(model, 5, null, bits(0b100)); // made in Python
  const { past, future } = model.get().steps;
  expect([past.map((set) => [...set]), future]).toEqual([[[0b1], [0b11]], []]);
});

test("back, on again, and a new change leaves nothing to go on to", () => {
  let steps = stepped(stepped(NO_STEPS, bits(1), bits(2)), bits(2), bits(3));
  const back = undone(steps, bits(3))!;
  expect([...back.bits]).toEqual([2]);
  const farther = undone(back.steps, back.bits)!;
  expect([...farther.bits]).toEqual([1]);
  expect(undone(farther.steps, farther.bits)).toBeNull();
  const on = redone(farther.steps, farther.bits)!;
  expect([...on.bits]).toEqual([2]);
  expect([...redone(on.steps, on.bits)!.bits]).toEqual([3]);
  steps = stepped(on.steps, on.bits, bits(9));
  expect(redone(steps, bits(9))).toBeNull();
  expect([...undone(steps, bits(9))!.bits]).toEqual([2]);
});

test("of steps the last hundred are kept, and no more than 64 MB", () => {
  let steps = NO_STEPS;
  for (let i = 0; i < 150; i++) steps = stepped(steps, bits(i), bits(i + 1));
  expect([steps.past.length, [...steps.past[0]!]]).toEqual([100, [50]]);
  const large = (fill: number) => new Uint8Array(20_000_000).fill(fill);
  let few = NO_STEPS;
  for (let i = 0; i < 5; i++) few = stepped(few, large(i), large(i + 1));
  expect(few.past.map((set) => set[0])).toEqual([2, 3, 4]);
});

test("steps stay what they were when the kernel comes back", () => {
  const model = modelStore(480);
  select(model, "replace", bits(0b1));
  select(model, "replace", bits(0b10));
  model.set({ selection: settled(model.get().selection) });
  adopt(model, 0, null, bits(0)); // a kernel that knows of nothing
  expect(model.get().steps.past.map((set) => [...set])).toEqual([[], [0b1], [0b10]]);
});

test("sets are equal that hold the same rows, however long they are", () => {
  expect([
    isEqual(bits(1), bits(1, 0)),
    isEqual(bits(1), bits(1, 1)),
    isEqual(bits(), bits(0)),
  ]).toEqual([true, false, true]);
});

test("a step back on an epoch of fewer samples keeps those that came after it", () => {
  const [model, view] = [modelStore(480), viewStore(null)];
  const [ten, three] = [Array(10).fill(0), [0, 0, 0]];
  model.set({ frame: frame(ten, ten, { frame: 9 }) });
  view.set({ frame: frame(three, three, { frame: 2 }) });
  const told: [number[], number][] = [];
  const tell = (how: How, set: Uint8Array<ArrayBuffer>, of: number) => {
    told.push([[...set], of]);
    select(model, how, set);
  };
  const { undo } = gestures(model, view, null as never, null as never, tell);
  select(model, "replace", bits(0b1, 0b10)); // rows 0 and 9
  select(model, "replace", bits(0b10));
  undo();
  expect(told).toEqual([[[0b1, 0b10], 9]]);
});
