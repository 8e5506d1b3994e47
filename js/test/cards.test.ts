import { expect, test } from "vitest";
import { listed, ordered } from "../src/scene/listing";
import { noBits, only } from "../src/state/bits";
import { type Card, shelf } from "../src/state/cards";
import { modelStore } from "../src/state/model";
import { HOME, MISSING, WAITING } from "../src/state/types";
import { told as saidOf } from "../src/ui/sparkline";
import { type AskKernel, Lost } from "../src/wire/asking";
import { pages } from "../src/wire/pages";
import { frame } from "./frames";

const card = (row: number, text = ""): Card => ({
  row,
  guid: `g${row}`,
  gold: null,
  prediction: null,
  parts: [{ kind: "text", column: "text", text }],
  curve: null,
  moment: "",
});
const told = (row: number) => ({ row, guid: `g${row}`, gold: null, prediction: null, parts: [] });

// ---- which rows, and in which order ----

const PLACES = frame([0, 40_000, WAITING, MISSING, 65_533], [5, 5, 5, 5, 65_533]);
const NONE = { bits: noBits(5), count: 0 };

test("what is in sight is listed where nothing is selected, waiting rows too", () => {
  expect([...listed(PLACES, HOME, NONE, null)]).toEqual([0, 1, 2, 4]);
  const left = { x: [0, 0.5], y: [0, 1] } as const;
  expect([...listed(PLACES, left, NONE, null)]).toEqual([0, 2]);
  expect([...listed(PLACES, HOME, NONE, only(4, 5))]).toEqual([4]);
});

test("the selection is listed wherever its rows are, if they pass the filters", () => {
  const bits = new Uint8Array([0b11010]);
  expect([...listed(PLACES, HOME, { bits, count: 3 }, null)]).toEqual([1, 3, 4]);
  expect([...listed(PLACES, HOME, { bits, count: 3 }, only(3, 5))]).toEqual([3]);
});

test("rows without a value come last whichever way, equal ones in the dataset's order", () => {
  const rows = Uint32Array.from([0, 1, 2, 3, 4]);
  const by = (by: "x" | "y" | "rows", isDown: boolean) => [
    ...ordered(rows, PLACES, { by, isDown }),
  ];
  expect(by("x", false)).toEqual([0, 1, 4, 2, 3]);
  expect(by("x", true)).toEqual([4, 1, 0, 2, 3]);
  expect(by("y", true)).toEqual([4, 0, 1, 2, 3]);
  expect(by("rows", true)).toEqual([4, 3, 2, 1, 0]);
});

test("rows of one class lie side by side on the axis and stay in the dataset's order", () => {
  const rows = Uint32Array.from([0, 1, 2, 3]);
  const places = frame([50000, 30000, 40000, 20000], [0, 0, 0, 0]);
  const order = (kind: "category" | "count" | "continuous", isDown: boolean) => [
    ...ordered(
      rows,
      { ...places, x: { ...places.x, kind, domain: [-0.5, 1.5] } },
      { by: "x", isDown },
    ),
  ];
  expect(order("category", false)).toEqual([1, 3, 0, 2]); // 32766 is between 0 and 1
  expect(order("count", true)).toEqual([0, 2, 1, 3]);
  expect(order("continuous", false)).toEqual([3, 1, 2, 0]);
});

// ---- what is kept ----

test("cards that nobody has looked at for the longest time go first", () => {
  const known = shelf(2);
  known.put(card(1));
  known.put(card(2));
  known.get(1);
  known.put(card(3));
  expect([1, 2, 3].map((row) => known.get(row)?.row)).toEqual([1, undefined, 3]);
});

test("cards are kept within their bytes", () => {
  const known = shelf(100, 10_000);
  for (let row = 0; row < 50; row++) known.put(card(row, "x".repeat(1000)));
  expect(known.size()).toBe(4); // 2,200 bytes each
  known.put(card(49, "x"));
  expect(known.bytes()).toBeLessThan(10_000);
  known.clear();
  expect([known.size(), known.bytes()]).toEqual([0, 0]);
});

// ---- what is asked ----

/** A model, its pages, and the questions with their answers to come. */
function asked() {
  const model = modelStore(480);
  model.set({ frame: PLACES });
  const questions: {
    rows: number[];
    answer(rows: number[]): Promise<void>;
    lose(): Promise<void>;
  }[] = [];
  const ask: AskKernel = (_, about) =>
    new Promise((resolve, reject) => {
      const { rows } = about as { rows: number[] };
      const settle = async (run: () => void) => {
        run();
        for (let i = 0; i < 5; i++) await Promise.resolve();
      };
      questions.push({
        rows,
        answer: (given) =>
          settle(() =>
            resolve({
              answer: { kind: "answer", ask: "", error: null, cards: given.map(told), curve: null },
              buffers: [],
            }),
          ),
        lose: () => settle(() => reject(new Lost())),
      });
    });
  const made = pages(model, ask, new AbortController().signal);
  return { model, questions, ...made };
}
const upTo = (n: number) => Array.from({ length: n }, (_, row) => row);

test("two pages of fifty are under way, the next when one has come", async () => {
  const { want, questions, card } = asked();
  want({}, upTo(120));
  expect(questions.map(({ rows }) => rows.length)).toEqual([50, 50]);
  await questions[0]!.answer(upTo(50));
  expect(card(49)?.guid).toBe("g49");
  expect(questions[2]!.rows).toEqual(upTo(120).slice(100));
});

test("what an answer leaves out is asked for again", async () => {
  const { want, questions } = asked();
  want({}, [1, 2, 3]);
  await questions[0]!.answer([1]);
  expect(questions[1]!.rows).toEqual([2, 3]);
  await questions[1]!.answer([]); // curves are being read
  expect(questions[2]!.rows).toEqual([2, 3]);
});

test("what is out of sight before its turn is not asked for", async () => {
  const { want, questions } = asked();
  const list = {};
  want(list, upTo(150));
  want(list, [999]);
  await questions[0]!.answer(upTo(50));
  expect(questions[2]!.rows).toEqual([999]);
});

test("nobody is asked where there is no kernel, or the rows are another's", () => {
  const { want, questions, model } = asked();
  model.set({ connection: "gone" });
  want({}, [1]);
  model.set({ connection: "live", isSample: true });
  expect(questions).toEqual([]);
  model.set({ isSample: false });
  expect(questions).toHaveLength(1);
});

test("a question that is lost with its kernel is asked of the next", async () => {
  const { want, questions, model } = asked();
  want({}, [1]);
  model.set({ connection: "gone" });
  await questions[0]!.lose();
  expect(questions).toHaveLength(1);
  model.set({ connection: "live" });
  expect(questions[1]!.rows).toEqual([1]);
});

test("a curve is told by its ends, that of one epoch by its value", () => {
  const curve = { name: "gold_probability", epochs: [3], values: [0.25], right: [false] };
  expect(saidOf(curve)).toBe("gold probability 0.250 in 1 epoch, wrong");
  const two = { ...curve, epochs: [0, 1], values: [0.25, 0.5], right: [false, true] };
  expect(saidOf(two)).toBe("gold probability from 0.250 to 0.500 over 2 epochs, right in 1 of 2");
});
