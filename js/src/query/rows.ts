import type { Bits } from "../state/bits";
import type { RangeFilter } from "../state/filters";
import type { Comparison, Literal, Tree } from "../state/query";
import { momentIn, numberOf, numberTest, textTest } from "./compared";
import { folded } from "./fold";
import type { Column, Known } from "./known";

/** Writes the bytes `from` to `to` of a set of rows. */
export type Fill = (into: Bits, from: number, to: number) => void;
type Leaf = Exclude<Tree, { op: "and" | "or" | "not" }>;
/** Answers that Python has given to a part of a tree, which go before what is known here. */
export type Given = (tree: Tree) => Bits | undefined;

/** The rows that a tree finds; what is not known here must be given. */
export function rowsOf(tree: Tree, known: Known, given: Given): Fill {
  const answer = given(tree);
  if (answer) return copied(answer);
  if (tree.op === "not") return inverted(rowsOf(tree.of, known, given));
  if (tree.op === "and" || tree.op === "or") {
    const [first, ...others] = tree.of.map((one) => rowsOf(one, known, given));
    return others.reduce((all, one) => joined(tree.op === "and", all, one), first!);
  }
  return leaf(tree, known);
}

const copied =
  (bits: Bits): Fill =>
  (into, from, to) => {
    for (let at = from; at < to; at++) into[at] = bits[at] ?? 0;
  };

const inverted =
  (one: Fill): Fill =>
  (into, from, to) => {
    one(into, from, to);
    for (let at = from; at < to; at++) into[at] = ~into[at]!;
  };

function joined(isAnd: boolean, first: Fill, second: Fill): Fill {
  let beside: Bits = new Uint8Array(0);
  return (into, from, to) => {
    if (beside.length < into.length) beside = new Uint8Array(into.length);
    first(into, from, to);
    second(beside, from, to);
    if (isAnd) for (let at = from; at < to; at++) into[at]! &= beside[at]!;
    else for (let at = from; at < to; at++) into[at]! |= beside[at]!;
  };
}

/** The rows of which something holds. */
const each =
  (rows: number, holds: (row: number) => boolean): Fill =>
  (into, from, to) => {
    for (let at = from, row = from * 8; at < to; at++) {
      let byte = 0;
      for (let bit = 0; bit < 8 && row < rows; bit++, row++) if (holds(row)) byte |= 1 << bit;
      into[at] = byte;
    }
  };

/** The rows whose code is in a table. */
function coded({ codes }: Column, rows: number, table: Uint8Array): Fill {
  const all = codes!;
  return (into, from, to) => {
    for (let at = from, row = from * 8; at < to; at++) {
      let byte = 0;
      for (let bit = 0; bit < 8 && row < rows; bit++, row++) byte |= table[all[row]!]! << bit;
      into[at] = byte;
    }
  };
}

/** For every code whether it is one that is sought; those without a value are not. */
function tableOf({ codes, last }: Column, holds: (code: number) => boolean): Uint8Array {
  const table = new Uint8Array(codes instanceof Uint16Array ? 65536 : 256);
  for (let code = 0; code <= last; code++) if (holds(code)) table[code] = 1;
  return table;
}

function valued(column: Column, rows: number, holds: (value: number) => boolean): Fill {
  const { values, at } = column;
  if (values) return each(rows, (row) => holds(values[row]!));
  return coded(
    column,
    rows,
    tableOf(column, (code) => holds(at(code))),
  );
}

function named(column: Column, rows: number, holds: (text: string) => boolean): Fill {
  const { categories, indexOf, read } = column;
  if (!categories)
    return each(rows, (row) => {
      const text = read!(row);
      return text !== "" && holds(text);
    });
  const among = categories.map((name) => name !== "" && holds(name));
  return coded(
    column,
    rows,
    tableOf(column, (code) => among[indexOf(code)] ?? false),
  );
}

function leaf(tree: Leaf, { columns, searched, rows }: Known): Fill {
  if (tree.op === "search") return search(tree.text, searched ?? [], rows);
  const column = columns.get(tree.column);
  if (!column) return each(rows, () => false);
  if (tree.op === "missing") return inverted(present(column, rows));
  if (tree.op === "in") {
    const ways = tree.values.map((value) => compared(column, "=", value));
    const holds = (value: never) => ways.some((way) => way(value));
    return tested(column, rows, holds);
  }
  return tested(column, rows, compared(column, tree.op, tree.value));
}

type Way = (value: never) => boolean;

/** How the column's values are compared: numbers as numbers, on the lattice on which they lie. */
function compared(column: Column, op: Comparison, to: Literal): Way {
  if (column.kind === "class" || column.kind === "text") return textTest(op, to);
  const isDate = column.kind === "date" && typeof to === "string";
  const number = isDate ? momentIn(to) : numberOf(to);
  if (number === null) return () => false;
  return numberTest(op, column.values ? Math.fround(number) : column.codeOf(number));
}

export const isNumeric = ({ kind }: Column): boolean => kind === "number" || kind === "date";

const tested = (column: Column, rows: number, holds: Way): Fill =>
  isNumeric(column) ? valued(column, rows, holds as never) : named(column, rows, holds as never);

function present(column: Column, rows: number): Fill {
  const isThere = isNumeric(column) ? (value: number) => !Number.isNaN(value) : () => true;
  return tested(column, rows, isThere as Way);
}

function search(text: string, columns: readonly Column[], rows: number): Fill {
  const sought = folded(text);
  const ways = columns.map((column) => {
    if (column.categories) return named(column, rows, (name) => folded(name).includes(sought));
    if (!column.read) return each(rows, () => false);
    return each(rows, (row) => foldedRow(column, row).includes(sought));
  });
  return ways.reduce(
    (all, one) => joined(false, all, one),
    each(rows, () => false),
  );
}

const foldedTexts = new WeakMap<Column, string[]>();

/** A text is folded when it is first looked into. */
function foldedRow(column: Column, row: number): string {
  const texts = foldedTexts.get(column) ?? [];
  if (texts.length === 0) foldedTexts.set(column, texts);
  texts[row] ??= folded(column.read!(row));
  return texts[row];
}

/** The rows of a range, both ends included, as places on the lattice where they lie on one. */
export function rowsBetween({ from, to }: RangeFilter, column: Column, rows: number): Fill {
  const place = column.values ? Math.fround : column.codeOf;
  const [low, high] = [place(from), place(to)];
  return valued(column, rows, (value) => value >= low && value <= high);
}
