import { expect, test } from "vitest";
import { momentIn } from "../src/query/compared";
import { type Known, knownOf } from "../src/query/known";
import { parsed } from "../src/query/parse";
import { passing, terms, unknown } from "../src/query/terms";
import { noBits } from "../src/state/bits";
import type { Filter } from "../src/state/filters";
import type { Tree } from "../src/state/query";
import type { Cells, Position } from "../src/state/types";
import { textCells } from "./cells";
import { color, frame } from "./frames";

const category = (categories: string[], codes: number[]): Cells => ({
  kind: "category",
  categories,
  codes: Uint8Array.from(codes),
});
const numbers = (...all: number[]): Cells => ({ kind: "number", values: Float32Array.from(all) });

const X = [0, 16383, 32767, 65533, 65534, 65535]; // 0, 0.25, 0.5, 1, not defined yet, missing
const date = (codes: number[], part: Partial<Position>): Position => ({
  ...frame(codes, codes).x,
  ...part,
});

const STATICS = new Map<string, Cells>([
  ["guid", textCells(["10", "11", "12", "101", "102", "103"])],
  ["text", textCells(["I LOVE it", "not bad", "caf\u00e9", "CAFE\u0301", "", "ﬁne"])],
  ["gold", category(["neg", "pos"], [0, 1, 0, 1, 255, 1])],
  ["price", numbers(0.1, -2, 3.5, Number.NaN, 1e6, 0)],
  ["star", category(["1", "2", "10"], [0, 1, 2, 2, 1, 0])],
  [
    "when",
    textCells(["2026-01-31", "2026-01-31 12:00:00", "2025-12-01T00:00:00Z", "x", "", "2027-01-01"]),
  ],
]);
const SHOWN = frame(X, X, {
  x: { ...frame(X, X).x, name: "confidence" },
  y: date(X, { role: "y", name: "seen", kind: "date", domain: [0, 65533 * 86400000] }),
  color: color({ codes: Uint8Array.from([0, 5, 10, 255, 5, 6]) }), // correctness 0, .5, 1, -, .5, .6
});
const known = (shown = SHOWN, statics = STATICS): Known => knownOf(shown, statics);

function rowsOf(filter: Filter, of: Known, given = new Map<Tree, Uint8Array<ArrayBuffer>>()) {
  const rows = Array.from({ length: of.rows }, (_, row) => row);
  return terms(filter).reduce((left, term) => {
    const bits = noBits(of.rows);
    passing(term, of, (tree) => given.get(tree))(bits, 0, bits.length);
    return left.filter((row) => (bits[row >> 3]! >> (row & 7)) & 1);
  }, rows);
}
const asked = (text: string, of = known()): number[] =>
  rowsOf({ kind: "query", text, tree: parsed(text)! }, of);

test.each<[string, number[]]>([
  ["confidence < 0.5", [0, 1]],
  ["confidence <= 0.5", [0, 1, 2]],
  ["confidence = 0.5", [2]],
  ["confidence != 0.5", [0, 1, 3]],
  ["confidence > 0.25", [2, 3]],
  ["confidence >= -1", [0, 1, 2, 3]],
  ["confidence > 1", []],
  ["confidence in (0, 1)", [0, 3]],
  ["confidence is missing", [4, 5]],
  ["not confidence < 0.5", [2, 3, 4, 5]],
  ["confidence is not missing", [0, 1, 2, 3]],
  ["confidence ~ 5", []],
  ["correctness = 0.5", [1, 4]],
  ["correctness >= 0.6 or gold = neg", [0, 2, 5]],
  ["correctness is missing", [3]],
  ["gold = pos", [1, 3, 5]],
  ["gold != pos", [0, 2]],
  ["gold in (pos, neg)", [0, 1, 2, 3, 5]],
  ["gold is missing", [4]],
  ["gold ~ E", [0, 2]],
  ["price < 0.1", [1, 5]],
  ["price = 0.1", [0]],
  ["price >= 3.5", [2, 4]],
  ["price is missing", [3]],
  ["star >= 2", [1, 2, 3, 4]],
  ["star = 10", [2, 3]],
  ["guid in (12, 103)", [2, 5]],
  ["guid > 100", [3, 4, 5]],
  ["guid ~ 10", [0, 3, 4, 5]],
  ["text ~ love", [0]],
  ['text ~ "café"', [2, 3]],
  ["text = 'not bad'", [1]],
  ["text is missing", [4]],
  ["fine", [5]],
  ["not bad", [1]],
  ["102", [4]],
  ["'love' or confidence = 1", [0, 3]],
  ["when > '2026-01-31'", [1, 5]],
  ["when = '2026-01-31T00:00Z'", [0]],
  ["when < 2026-01", [2]],
  ["seen >= 1970-01-01 and seen < '2014-11-08'", [0]], // day 16383 is 9 November 2014
  ["seen > 2014-11-08 and seen < 2014-11-11", [1]],
  ["(confidence < 0.5 or gold = pos) and not text ~ love", [1, 3, 5]],
  ["nothing = 3", []],
])("%s", (text, rows) => expect(asked(text)).toEqual(rows));

test.each<[string, number | null]>([
  ["1970-01-02", 86400000],
  ["1970-01", 0],
  ["1970-01-01 00:00:01.5", 1500],
  ["1970-01-01T02:00+02:00", 0],
  ["1970-01-01T00:00:00-01:30", 5400000],
  ["1970", null],
  ["yesterday", null],
])("the moment in %s is %s", (text, moment) => expect(momentIn(text)).toBe(moment));

const range = (column: string, from: number, to: number): Filter => ({
  kind: "range",
  column,
  from,
  to,
});
const hidden = (column: string, ...names: string[]): Filter => ({
  kind: "categories",
  column,
  hidden: names,
});

test("a range holds both its ends, and what has no value is outside", () => {
  expect(rowsOf(range("confidence", 0.25, 0.5), known())).toEqual([1, 2]);
  expect(rowsOf(range("price", -2, 0.1), known())).toEqual([0, 1, 5]);
});

test("what is in no hidden class is shown, also where it has none", () => {
  expect(rowsOf(hidden("gold", "neg"), known())).toEqual([1, 3, 4, 5]);
});

test("a column that is here no more is asked of Python, and one that comes back is not", () => {
  const [filter, other] = [range("confidence", 0, 0.4), frame(X, X)];
  const [term] = terms(filter) as [ReturnType<typeof terms>[0]];
  expect(unknown(term, known())).toEqual([]);
  expect(unknown(term, known(other))).toEqual([term.tree]);
  const given = new Map([[term.tree, Uint8Array.from([0b101000])]]);
  expect(rowsOf(filter, known(other), given)).toEqual([3, 5]);
  expect(rowsOf(filter, known(), given)).toEqual([0, 1]);
});

test("categories drawn together as other are hidden together, and asked for one by one of Python", () => {
  const few = color({
    name: "prediction",
    kind: "category",
    categories: ["a", "b", "other (30)"],
    other: 30,
    codes: Uint8Array.from([0, 1, 2, 2, 255, 0]),
  });
  const shown = known({ ...SHOWN, color: few });
  expect(rowsOf(hidden("prediction", "other (30)"), shown)).toEqual([0, 1, 4, 5]);
  const [term] = terms({ kind: "query", text: "", tree: parsed("prediction = q")! });
  expect(unknown(term!, shown)).toHaveLength(1);
});

test("one class alone is so in every view, though others stand together in one of them", () => {
  const few = color({
    name: "gold",
    kind: "category",
    categories: ["pos", "other (2)"],
    other: 2,
    codes: Uint8Array.from([1, 0, 1, 0, 255, 1]),
  });
  const statics = new Map([
    ...STATICS,
    ["gold", category(["neg", "pos", "neutral"], [0, 1, 2, 1, 255, 0])] as const,
  ]);
  const alone: Filter = { ...hidden("gold", "other (2)"), left: ["pos"] } as Filter;
  expect(rowsOf(alone, known({ ...SHOWN, color: few }, statics))).toEqual([1, 3, 4]);
  expect(rowsOf(alone, known(SHOWN, statics))).toEqual([1, 3, 4]);
});

test("only the parts of a question that are not here are asked of Python", () => {
  const tree = parsed("confidence < 0.5 or (aum < -1 and not loss > 2)")!;
  const filter: Filter = { kind: "query", text: "", tree };
  const [term] = terms(filter);
  const wanted = unknown(term!, known());
  expect(wanted).toEqual([parsed("aum < -1 and not loss > 2")]);
  expect(rowsOf(filter, known(), new Map([[wanted[0]!, Uint8Array.from([0b100001])]]))).toEqual([
    0, 1, 5,
  ]);
});
