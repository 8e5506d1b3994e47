import { tickStep } from "d3-array";
import { type Bits, has } from "../state/bits";
import {
  type Color,
  type Columns,
  type Domain,
  LATTICE,
  MISSING,
  type Position,
} from "../state/types";
import { lastCode } from "./palette";

export type Side = "x" | "y" | "color";
export const SIDES: readonly Side[] = ["x", "y", "color"];

/**
 * Bins of equal width side by side. Bin i holds the values from `from + i * step` on, the codes
 * from `start + i * width` on; those numbered alike of one step are the same bins.
 */
export interface Bins {
  n: number;
  number: number;
  from: number;
  step: number;
  start: number;
  width: number;
}
export type Binning = Record<Side, Bins>;

/** Rows in each bin, and how many of them are selected. */
export interface Tally {
  all: Uint32Array<ArrayBuffer>;
  chosen: Uint32Array<ArrayBuffer>;
}
export type Tallies = Record<Side, Tally>;

type Header = Omit<Position, "codes"> | Omit<Color, "codes">;

const ABOUT = 50; // bins in sight, at most twice as many
const MOST = 400;

/** The values of the first and the last code, and that code. */
function span(column: Header): [low: number, high: number, last: number] {
  if (column.role === "x" || column.role === "y") return [...column.domain, LATTICE];
  const last = lastCode(column as Omit<Color, "codes">);
  return column.kind === "category" ? [0, last, last] : [...column.domain, last];
}

/** How bins of a column lie: where one of them begins, and from where to where there may be values. */
interface Lie {
  first: number;
  step: number;
  within: Domain;
  /** Codes by which a bin begins before its value: values lie on its edges, their codes are rounded. */
  early: number;
}

/** The bins over some of a column. */
function bins(column: Header, { first, step, within, early }: Lie, [from, to]: Domain): Bins {
  const [low, high, last] = span(column);
  const number = Math.floor((Math.max(from, within[0]) - first) / step + 1e-9);
  const end = Math.ceil((Math.min(to, within[1]) - first) / step - 1e-9);
  const unit = high > low ? last / (high - low) : 1;
  const start = first + number * step;
  return {
    n: Math.max(1, Math.min(MOST, end - number)),
    number,
    from: start,
    step,
    start: (start - low) * unit - early,
    width: step * unit,
  };
}

/** The bins of a column that takes whole steps have a value in their middle; null: of any other. */
function whole(column: Header): Lie | null {
  const [low, high] = span(column);
  if (column.kind === "steps") {
    const step = (high - low) / Math.max(1, (column.steps ?? 11) - 1);
    const within: Domain = [low - step / 2, high + step / 2];
    return { first: within[0], step, within, early: 0 };
  }
  if (column.kind !== "count" && column.kind !== "category") return null;
  // an axis of classes reaches half a class beyond them already
  const reach = Number.isInteger(low) ? 0.5 : 0;
  return { first: -0.5, step: 1, within: [low - reach, high + reach], early: 0 };
}

/** What is visible, and half as much on either side: so much is there before it is asked for. */
const around = ([low, high]: Domain): Domain => [low - (high - low) / 2, high + (high - low) / 2];

/** Round bins over what is visible of a column, a bar for every value where they are few. */
export function binsOf(column: Header, visible: Domain): Bins {
  const [low, high, last] = span(column);
  const round = tickStep(visible[0], visible[1], ABOUT);
  const lie = whole(column);
  if (lie) {
    const step = lie.step * Math.max(1, Math.round(round / lie.step));
    return bins(column, { ...lie, step }, around(visible));
  }
  const within: Domain = [low, high];
  if (column.role === "x" || column.role === "y")
    return bins(column, { first: 0, step: round, within, early: 0.5 }, around(visible));
  const step = (5 * (high - low)) / last; // five of the colour's 255 codes in each
  return bins(column, { first: low - step / 10, step, within, early: 0 }, within);
}

/** The bin of a code; the last of all values is in the last bin, not the first of one more. */
const binAt = (code: number, { start, width, n }: Bins, last: number): number => {
  const bin = Math.floor((code - start) / width);
  return bin === n && code === last ? n - 1 : bin;
};

/** The bin of every code of a column; `n` for what is in none. */
function table(bins: Bins, codes: number, last: number): Uint16Array {
  const out = new Uint16Array(codes).fill(bins.n);
  for (let code = 0; code <= last; code++) {
    const bin = binAt(code, bins, last);
    if (bin >= 0 && bin < bins.n) out[code] = bin;
  }
  return out;
}

/** Counts of as many bins, and one more for what is in none of them. */
const none = ({ n }: Bins) => ({ all: new Uint32Array(n + 1), chosen: new Uint32Array(n + 1) });

/**
 * Counts rows that are drawn, from one to another each time; those that wait for one axis count on
 * the other. What it has come to is said by `tallies`.
 */
export function counter(
  { x, y, color }: Columns,
  binning: Binning,
  passing: Bits | null,
  selection: Bits | null,
): { count(from: number, to: number): void; tallies(): Tallies } {
  const [xs, ys, colors] = [x.codes, y.codes, color.codes];
  const toX = table(binning.x, 1 << 16, LATTICE);
  const toY = table(binning.y, 1 << 16, LATTICE);
  const toColor = table(binning.color, 256, lastCode(color));
  const [onX, onY, onColor] = [none(binning.x), none(binning.y), none(binning.color)];
  const [allX, allY, allColor] = [onX.all, onY.all, onColor.all];
  const [chosenX, chosenY, chosenColor] = [onX.chosen, onY.chosen, onColor.chosen];
  const cut = ({ all, chosen }: Tally): Tally => ({
    all: all.slice(0, -1),
    chosen: chosen.slice(0, -1),
  });
  return {
    count(from, to) {
      for (let row = from; row < to; row++) {
        if (passing && !has(passing, row)) continue;
        const [px, py] = [xs[row]!, ys[row]!];
        if (px === MISSING || py === MISSING) continue;
        const [i, j, k] = [toX[px]!, toY[py]!, toColor[colors[row]!]!];
        allX[i]! += 1;
        allY[j]! += 1;
        allColor[k]! += 1;
        if (!selection || !has(selection, row)) continue;
        chosenX[i]! += 1;
        chosenY[j]! += 1;
        chosenColor[k]! += 1;
      }
    },
    tallies: () => ({ x: cut(onX), y: cut(onY), color: cut(onColor) }),
  };
}

/** The code from which on a share of an axis' rows stand, the largest; codes of 0 do not count. */
export function topCode(codes: Uint16Array, share: number): number | null {
  const counts = new Uint32Array(LATTICE + 1);
  let rows = 0;
  for (const code of codes) {
    if (code === 0 || code > LATTICE) continue;
    counts[code]! += 1;
    rows += 1;
  }
  let left = Math.floor(rows * share);
  if (left === 0) return null;
  for (let code = LATTICE; code > 0; code--) {
    left -= counts[code]!;
    if (left <= 0) return code;
  }
  return null;
}
