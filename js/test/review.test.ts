import { expect, test } from "vitest";
import {
  answered,
  type Edit,
  fetched,
  isOpen,
  type Review,
  restored,
  reviewStore,
  type Sample,
  type Saying,
  said,
  type Told,
  take,
  waiting,
} from "../src/state/review";
import { classes, counts, following, standing, undoable } from "../src/state/standing";

const COUNTS = { decided: 0, left: 3, keep: 0, relabel: 0, drop: 0, unsure: 0 };
const told = (more: Partial<Told> = {}): Told => ({
  open: true,
  id: "r",
  key: "k",
  size: 3,
  at: 0,
  order: "lowest AUM first",
  blind: false,
  reviewer: "ada",
  classes: [
    { name: "no", color: null, is_new: false, before: 2, after: 2 },
    { name: "yes", color: null, is_new: false, before: 1, after: 1 },
  ],
  counts: COUNTS,
  ...more,
});
const sample = (position: number, more: Partial<Sample> = {}): Sample => ({
  position,
  row: 10 * position,
  guid: `g${position}`,
  gold: "no",
  prediction: null,
  parts: [],
  curve: null,
  moment: "",
  decided: null,
  ...more,
});
const begun = (more: Partial<Told> = {}): Review =>
  fetched(
    take(reviewStore().get(), told(more)),
    [0, 1, 2].map((at) => sample(at)),
    new Set(),
  );
/** The review after edits, each of the sample in hand. */
const after = (review: Review, ...sayings: Saying[]): Review =>
  sayings.reduce((now, saying, i) => said(now, saying, i)[0], review);
const ids = (review: Review) => review.edits.map(({ id }) => id);
const settled = (review: Review) => answered(review, ids(review), "accepted");

test("it begins where Python says and goes on where it was when Python tells again", () => {
  const first = begun({ at: 1 });
  expect([isOpen(first), first.at]).toEqual([true, 1]);
  const moved = { ...first, at: 2 };
  expect(take(moved, told({ at: 0 })).at).toBe(2);
  expect(take(moved, told({ at: 0 })).samples.size).toBe(3);
  const other = take({ ...moved, refusal: "not open any more" }, told({ id: "other", at: 0 }));
  expect(other).toMatchObject({ at: 0, samples: new Map(), refusal: null });
});

test("it is closed by Python, or left here until Python opens it again", () => {
  expect(isOpen(take(begun(), told({ open: false })))).toBe(false);
  const left = { ...begun(), left: "r" };
  expect(isOpen(take(left, told()))).toBe(false);
  expect(isOpen(take(take(left, told({ open: false })), told()))).toBe(true);
  expect(isOpen(take(left, told({ id: "other" })))).toBe(true);
  expect(isOpen(take(begun(), told({ size: 0 })))).toBe(false);
});

test("a decision holds at once, is counted, and names the sample", () => {
  const now = after(begun(), { kind: "relabel", to: "yes" });
  expect(standing(now, 0).decided).toMatchObject({ kind: "relabel", to: "yes" });
  expect(counts(now)).toEqual({ ...COUNTS, decided: 1, left: 2, relabel: 1 });
  expect(classes(now).map(({ before, after }) => [before, after])).toEqual([
    [2, 1],
    [1, 2],
  ]);
  expect(waiting(now)[0]).toMatchObject({ review: "r", position: 0, row: 0, guid: "g0" });
});

test("the last decision of a sample counts, and counts once", () => {
  const now = after(begun(), { kind: "relabel", to: "yes" }, { kind: "drop" });
  expect(standing(now, 0).decided).toMatchObject({ kind: "drop" });
  expect(counts(now)).toEqual({ ...COUNTS, decided: 1, left: 2, drop: 1 });
  expect(classes(now).map((one) => one.after)).toEqual([1, 1]);
});

test("what is accepted is counted by Python, not twice", () => {
  const now = settled(after(begun(), { kind: "keep" }));
  const more = { ...now, told: told({ counts: { ...COUNTS, decided: 1, left: 2, keep: 1 } }) };
  expect(counts(more)).toEqual({ ...COUNTS, decided: 1, left: 2, keep: 1 });
  expect(standing(more, 0).decided).toMatchObject({ kind: "keep" });
});

test("undo takes back the last edit, then the one before; an undo is an edit, too", () => {
  const two = after(begun(), { kind: "keep" }, { kind: "relabel", to: "yes" });
  const [first, second] = ids(two);
  expect(undoable(two)?.id).toBe(second);
  const one = after(two, { kind: "undo", of: second! });
  expect(standing(one, 0).decided).toMatchObject({ id: first, kind: "keep" });
  expect(undoable(one)?.id).toBe(first);
  const none = after(one, { kind: "undo", of: first! });
  expect(standing(none, 0).decided).toBeNull();
  expect(undoable(none)).toBeNull();
  expect(none.edits.length).toBe(4);
  const again = after(none, { kind: "undo", of: ids(none)[3]! });
  expect(standing(again, 0).decided).toMatchObject({ id: first });
});

test("where nothing was said here, undo takes back what stands of the sample in hand, if it is one's own", () => {
  const stands = (who: string) =>
    fetched(begun(), [sample(0, { decided: { id: "old", kind: "drop", who } })], new Set());
  expect(undoable(stands("ada"))).toMatchObject({ id: "old", position: 0 });
  expect(undoable(stands("bob"))).toBeNull();
  const back = after(stands("ada"), { kind: "undo", of: "old" });
  expect(standing(back, 0).decided).toBeNull();
  expect(undoable(back)).toBeNull();
});

test("the next sample is the next without a decision; after the last come those passed over", () => {
  const now = after({ ...begun(), at: 1 }, { kind: "keep" });
  expect(following(now, 0)).toBe(2);
  expect(following(now, 2)).toBe(0);
  const done = after({ ...now, at: 0 }, { kind: "drop" });
  expect(following(after({ ...done, at: 2 }, { kind: "unsure" }), 2)).toBe(3);
});

test("notes and tags: the latest note, tags added and taken away, neither is a decision", () => {
  const one = fetched(begun(), [sample(0, { note: "old", tags: ["a"] })], new Set());
  const now = after(
    one,
    { kind: "note", note: "new" },
    { kind: "tag", tag: "b" },
    { kind: "untag", tag: "a" },
  );
  expect(standing(now, 0)).toEqual({ decided: null, note: "new", tags: ["b"] });
  expect(counts(now)).toEqual(COUNTS);
});

test("a new class is there at once, in the order it was made, until it is taken back", () => {
  const made = after(begun(), { kind: "class", name: "mixed", color: "#123456", rule: "both" });
  const now = after(made, { kind: "relabel", to: "mixed" });
  expect(classes(now).map(({ name, after }) => [name, after])).toEqual([
    ["no", 1],
    ["yes", 1],
    ["mixed", 1],
  ]);
  const heard = take(settled(now), told({ classes: classes(now) }));
  expect(classes(heard).length).toBe(3);
  const gone = after(
    heard,
    { kind: "undo", of: ids(heard)[1]! },
    { kind: "undo", of: ids(heard)[0]! },
  );
  expect(classes(gone).map(({ name }) => name)).toEqual(["no", "yes"]);
});

test("what Python refuses holds no more", () => {
  const now = after(begun(), { kind: "keep" });
  expect(standing(answered(now, ids(now), "refused"), 0).decided).toBeNull();
  expect(counts(answered(now, ids(now), "refused"))).toEqual(COUNTS);
});

test("a sample that comes again tells what was accepted, and what waits goes on top", () => {
  const now = settled(after(begun(), { kind: "keep" }));
  const drop = said(now, { kind: "drop" }, 9)[0];
  const other = { id: "bob's", kind: "unsure", who: "bob" } as const;
  const come = fetched(drop, [sample(0, { decided: other })], new Set(ids(now)));
  expect(standing(come, 0).decided?.kind).toBe("drop");
  expect(standing(come, 0, true).decided).toEqual(other);
});

test("where others decide, samples are asked for again, and stay until they come", () => {
  const old = (changed?: number[]) =>
    [...take(begun(), told({ changes: 1, changed })).samples.values()].map((s) => s.isPending);
  expect(old([0, 1])).toEqual([true, true, undefined]);
  expect(old()).toEqual([true, true, true]);
  expect(old([])).toEqual([undefined, undefined, undefined]);
});

test("numbers that may count what is under way wait for the answer", () => {
  const counts = { ...COUNTS, decided: 1, left: 2, keep: 1 };
  const now = after(begun(), { kind: "keep" });
  expect(take(now, told({ counts })).told?.counts).toEqual(COUNTS);
  expect(take(settled(now), told({ counts })).told?.counts).toEqual(counts);
});

test("edits found again after a reload wait in their order, each once", () => {
  const now = after(begun(), { kind: "keep" }, { kind: "drop" });
  const [a, b] = now.edits as [Edit, Edit];
  const back = restored(begun(), [a, b]);
  expect(waiting(back)).toEqual([a, b]);
  expect(restored(back, [b]).edits.length).toBe(2);
  expect(standing(back, 0).decided?.kind).toBe("drop");
  expect(said(back, { kind: "keep" }, 0)[1].when).toBeGreaterThan(b.when);
});
