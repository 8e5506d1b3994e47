import { expect, test, vi } from "vitest";
import { filtering, type Sift } from "../src/query/filtering";
import { cellsOf, knownOf } from "../src/query/known";
import { parsed } from "../src/query/parse";
import { passing } from "../src/query/terms";
import { type Bits, noBits } from "../src/state/bits";
import { clearFilters, setHidden, setQuery, setRange } from "../src/state/filters";
import { modelStore } from "../src/state/model";
import type { Tree } from "../src/state/query";
import type { Frame } from "../src/state/types";
import { textCells } from "./cells";
import { frame } from "./frames";

const named = (part: Partial<Frame>, x = "confidence"): Frame => {
  const shown = frame([0, 32767, 65533], [0, 0, 0], part);
  return { ...shown, x: { ...shown.x, name: x } };
};

/** A map whose Python answers when the test says so. */
function filtered() {
  const model = modelStore(480);
  const life = new AbortController();
  const asked: { tree: Tree; answer(bits: Bits | null): void; refuse(why: string): void }[] = [];
  const ask = (tree: Tree) =>
    new Promise<Bits | null>((answer, reject) => {
      asked.push({ tree, answer, refuse: (why) => reject(new Error(why)) });
    });
  const sift = vi.fn<Sift>(async (shown, { term, given }) => {
    const bits = noBits(shown.rows);
    const known = knownOf(shown, cellsOf(model.get().statics));
    passing(term, known, (tree) => given.get(tree))(bits, 0, bits.length);
    return bits;
  });
  filtering(model, ({ frame }) => frame, sift, ask, life.signal);
  model.set({ frame: named({}) });
  const query = (text: string) => setQuery(model, text, parsed(text));
  const sets = () => (model.get().passing ? [...model.get().passing!] : null);
  const rest = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    return sets();
  };
  return { model, asked, sift, query, rest, end: () => life.abort() };
}

test("filters are joined, and none is no filter", async () => {
  const { model, query, rest } = filtered();
  expect(await rest()).toBeNull();
  setRange(model, "confidence", 0.4, 1);
  expect(await rest()).toEqual([0b110]);
  query("confidence < 0.9");
  expect(await rest()).toEqual([0b010]);
  setRange(model, "confidence", null);
  expect(await rest()).toEqual([0b011]);
  clearFilters(model);
  expect(await rest()).toBeNull();
});

test("a drawn whole number is the one in whose band its row lies", async () => {
  const map = filtered();
  const stars = frame([0, 32767, 65533, 19660, 26214], [0, 0, 0, 0, 0]); // 0.5, 3, 5.5, 2, 2.5
  const x = { ...stars.x, name: "stars", kind: "count", domain: [0.5, 5.5] } as const;
  map.model.set({ frame: { ...stars, x } });
  map.query("stars = 3");
  expect(await map.rest()).toEqual([0b10010]);
  map.query("stars >= 3");
  expect(await map.rest()).toEqual([0b10110]);
  map.query("");
  setRange(map.model, "stars", 1.5, 2.5); // as a bar of the histogram is brushed
  expect(await map.rest()).toEqual([0b01000]);
});

test("what does not depend on the frame is not counted again", async () => {
  const { model, sift, rest } = filtered();
  setHidden(model, "correctness", [0.5]);
  await rest();
  const before = sift.mock.calls.length;
  model.set({ frame: named({ frame: 2, color: model.get().frame!.color }) });
  await rest();
  expect(sift.mock.calls.length).toBe(before);
  model.set({ frame: named({ frame: 3 }) }); // with colours of its own
  await rest();
  expect(sift.mock.calls.length).toBe(before + 1);
});

test("an answer that comes when its question is gone changes nothing", async () => {
  const { model, asked, query, rest } = filtered();
  query("aum < 1");
  await rest();
  expect(model.get().unanswered).toHaveLength(1);
  query("confidence < 0.2");
  expect(await rest()).toEqual([0b001]);
  asked[0]!.answer(Uint8Array.from([0b111]));
  expect(await rest()).toEqual([0b001]);
  expect(model.get().unanswered).toEqual([]);
});

test("what was refused gives way to the last good question, and is said", async () => {
  const { model, asked, query, rest } = filtered();
  query("confidence < 0.2");
  await rest();
  query("nothing < 1");
  await rest();
  asked[0]!.refuse("no column");
  expect(await rest()).toEqual([0b001]);
  expect(model.get().refusal).toBe("no column");
  expect(model.get().filters).toEqual([
    { kind: "query", text: "confidence < 0.2", tree: parsed("confidence < 0.2") },
  ]);
  query("confidence < 2");
  expect(model.get().refusal).toBeNull();
});

test("a kernel that has gone is asked again when it is back", async () => {
  const { model, asked, query, rest } = filtered();
  query("aum < 1");
  await rest();
  model.set({ connection: "gone" });
  asked[0]!.answer(null); // nobody will answer it
  await rest();
  expect(asked).toHaveLength(1);
  model.set({ connection: "live" });
  await rest();
  expect(asked).toHaveLength(2);
  asked[1]!.answer(Uint8Array.from([0b100]));
  expect(await rest()).toEqual([0b100]);
});

test("a busy kernel is asked once, and again when it has answered of what is over", async () => {
  const { model, asked, query, rest } = filtered();
  query("aum < 1");
  await rest();
  for (let number = 2; number < 9; number++) {
    model.set({ frame: named({ frame: number, epoch: number }) });
    await rest();
  }
  expect(asked).toHaveLength(1);
  asked[0]!.answer(Uint8Array.from([0b001]));
  await rest();
  expect(asked).toHaveLength(2);
  asked[1]!.answer(Uint8Array.from([0b100]));
  expect(await rest()).toEqual([0b100]);
  expect(asked).toHaveLength(2);
});

test("a number too large to be one here finds the sample whose digits it has", async () => {
  const { model, query, rest } = filtered();
  const cells = textCells(["9007199254740992", "9007199254740993", "7"]);
  const guid = { name: "guid", title: "guid", kind: "text", cells, read: () => null } as const;
  model.set({ statics: new Map([["guid", guid]]) });
  query("guid = 9007199254740993");
  expect(await rest()).toEqual([0b010]);
  query("guid < 9007199254740993000");
  expect(await rest()).toEqual([0b111]);
  query("confidence < 9007199254740993");
  expect(await rest()).toEqual([0b111]);
});

test("the newest of many filters is the one that stays", async () => {
  const { model, rest } = filtered();
  for (let i = 0; i < 50; i++) setRange(model, "confidence", i / 100, 1);
  setRange(model, "confidence", 0.9, 1);
  expect(await rest()).toEqual([0b100]);
});
