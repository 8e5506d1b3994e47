import {
  type Cells,
  type Color,
  type Columns as Drawn,
  LATTICE,
  type Position,
  type StaticColumn,
} from "../state/types";

/** A column whose rows can be asked here. */
export interface Column {
  name: string;
  /** What its values are: a class is one of `categories`, a date its milliseconds since 1970. */
  kind: "number" | "date" | "class" | "text";
  /** Every row's code; one above `last` is a row without a value. */
  codes?: Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  last: number;
  categories?: readonly string[];
  /** Which of the categories a code stands for. */
  indexOf(code: number): number;
  /** What of a code is compared: itself, or the whole number in whose band it lies. */
  at(code: number): number;
  /** What a number is to be compared as; rounded as the rows' codes are, going on beyond the ends. */
  codeOf(value: number): number;
  values?: Float32Array;
  read?(row: number): string;
  /** Values are told apart so coarsely that Python may know better. */
  isCoarse: boolean;
}

/** What can be asked here, without Python. */
export interface Known {
  rows: number;
  columns: ReadonlyMap<string, Column>;
  /** Those that are drawn, as they are drawn: some categories may stand together as "other". */
  drawn: ReadonlyMap<string, Column>;
  /** Where words are looked for; null: not all of it is here. */
  searched: readonly Column[] | null;
}

const STEPS = 11; // as the legend takes it where it is not said
const LAST_COLOR = 254;
const EXACT = 2 ** 24; // from here on float32 has no longer every whole number
const NARROW = 2 ** -7; // of numbers so close together Python makes codes in float64

const same = (code: number): number => code;

function lastOf({ kind, steps, categories, dtype }: Omit<Color | Position, "codes">): number {
  if (dtype === "u16") return LATTICE;
  if (kind === "category") return Math.min(LAST_COLOR, (categories?.length ?? 1) - 1);
  return kind === "steps" ? (steps ?? STEPS) - 1 : LAST_COLOR;
}

/** A number's place on the lattice, by the very steps by which Python puts the rows there. */
function latticed({ kind, domain: [low, high] }: Color | Position, last: number) {
  const isNarrow = high - low < Math.max(Math.abs(low), Math.abs(high)) * NARROW;
  const number = isNarrow || kind === "date" ? same : Math.fround;
  const [from, scale] = [number(low), number(last / (high - low))];
  return (value: number): number =>
    Math.floor(number(number(number(number(value) - from) * scale) + 0.5));
}

function drawn(column: Color | Position): Column {
  const { name, kind, domain, categories, codes, dtype } = column;
  const last = lastOf(column);
  const known = { name, codes, last, indexOf: same, at: same, codeOf: latticed(column, last) };
  const step = (domain[1] - domain[0]) / last;
  const whole = (code: number) => Math.round(domain[0] + code * step);
  if (kind !== "category" || !categories) {
    if (kind === "count" && step <= 1)
      return { ...known, kind: "number", at: whole, codeOf: same, isCoarse: false };
    return { ...known, kind: kind === "date" ? "date" : "number", isCoarse: true };
  }
  const named = { ...known, kind: "class", categories } as const;
  const isCoarse = dtype === "u8" && categories.length > last + 1;
  if (dtype === "u8") return { ...named, codeOf: Math.round, isCoarse };
  return { ...named, indexOf: whole, isCoarse };
}

function sent(name: string, cells: Cells): Column {
  const known = { name, last: 0, indexOf: same, at: same, codeOf: Math.round, isCoarse: false };
  if (cells.kind === "category") {
    const { codes, categories } = cells;
    return { ...known, kind: "class", codes, categories, last: categories.length - 1 };
  }
  if (cells.kind === "number") {
    const { values } = cells;
    const isCoarse = values.some((value) => Math.abs(value) >= EXACT);
    return { ...known, kind: "number", values, isCoarse };
  }
  const { offsets, bytes } = cells;
  const read = (row: number) => utf8.decode(bytes.subarray(offsets[row], offsets[row + 1]));
  return { ...known, kind: "text", read };
}

const utf8 = new TextDecoder();
const made = new WeakMap<object, Column>();

function once<T extends object>(column: T, make: (column: T) => Column): Column {
  const known = made.get(column) ?? make(column);
  made.set(column, known);
  return known;
}

type Statics = ReadonlyMap<string, Cells>;

/** The name of the text that is shown of a sample: the column called text, else the first of texts. */
export function previewed(statics: Statics): string | undefined {
  const isText = ([name, { kind }]: [string, Cells]) => kind === "text" && name !== "guid";
  return statics.has("text") ? "text" : [...statics].find(isText)?.[0];
}

export const cellsOf = (statics: ReadonlyMap<string, StaticColumn>): Statics =>
  new Map([...statics].map(([name, { cells }]) => [name, cells]));

/** Categories that stand together, and numbers in a few ranges, are not the column itself. */
const isItself = ({ role, kind, other }: Color | Position): boolean =>
  !other && (kind !== "category" || (role !== "shape" && role !== "size"));

/** Columns sent once as they are, those of the frame as it draws them; a place before a colour. */
export function knownOf({ rows, ...frame }: Drawn, statics: Statics): Known {
  const roles = [frame.shape, frame.size, frame.color, frame.y, frame.x];
  const shown = roles.flatMap((column) => (column?.name ? [column] : []));
  const named = (all: (Color | Position)[]): [string, Column][] =>
    all.map((column) => [column.name, once(column, drawn)]);
  const own = [...statics].map(([name, cells]): [string, Column] => [
    name,
    once(cells, (given) => sent(name, given)),
  ]);
  const [text, guid] = [statics.get(previewed(statics) ?? ""), statics.get("guid")];
  return {
    rows,
    columns: new Map([...named(shown.filter(isItself)), ...own]),
    drawn: new Map(named(shown)),
    searched: text && guid ? [made.get(text)!, made.get(guid)!] : null,
  };
}
