import { expect, test } from "vitest";
import agreed from "../../tests/filters_agreed.json";
import { knownOf } from "../src/query/known";
import { parsed } from "../src/query/parse";
import { printed } from "../src/query/printed";
import { passing, terms } from "../src/query/terms";
import { noBits } from "../src/state/bits";
import type { Tree } from "../src/state/query";
import type { Cells } from "../src/state/types";
import { textCells } from "./cells";
import { frame } from "./frames";

const { guid, text, when, gold, price, confidence } = agreed.columns;
const lattice = confidence.map((value) => (value === null ? 65535 : Math.round(value * 65533)));
const classes = [...new Set(gold.filter((name) => name !== null))];
const STATICS = new Map<string, Cells>([
  ["guid", textCells(guid.map(String))],
  ["text", textCells(text)],
  ["when", textCells(when)],
  ["price", { kind: "number", values: Float32Array.from(price, (value) => value ?? Number.NaN) }],
  [
    "gold",
    {
      kind: "category",
      categories: classes,
      codes: Uint8Array.from(gold, (name) => (name === null ? 255 : classes.indexOf(name))),
    },
  ],
]);
const shown = frame(lattice, lattice);
const known = knownOf({ ...shown, x: { ...shown.x, name: "confidence" } }, STATICS);

function rowsOf(tree: Tree): number[] {
  const sets = terms({ kind: "query", text: "", tree }).map((term) => {
    const bits = noBits(known.rows);
    passing(term, known, () => undefined)(bits, 0, bits.length);
    return bits;
  });
  const rows = Array.from({ length: known.rows }, (_, row) => row);
  return rows.filter((row) => sets.every((bits) => (bits[row >> 3]! >> (row & 7)) & 1));
}

test("the page finds the rows that Python finds", () => {
  for (const { tree, rows } of agreed.cases as { tree: Tree; rows: number[] }[]) {
    const read = parsed(printed(tree))!;
    expect(read).toEqual(tree);
    expect([printed(tree), rowsOf(read)]).toEqual([printed(tree), rows]);
  }
});
