import { NONE_YET, type Stride, searchBeyond } from "../interactions/beyond";
import { type Mark, marker, type Ring } from "../interactions/inside";
import {
  type Aim,
  type Found,
  isOverPlot,
  isOverStrip,
  NOTHING_YET,
  searchGrid,
  searchPlaced,
  searchWaiting,
} from "../interactions/nearest";
import { toucher } from "../interactions/stroke";
import type { Sifting } from "../query/filtering";
import { type Binning, counter, type Tallies, topCode } from "../scene/histograms";
import { type Bits, noBits } from "../state/bits";
import { inBlocks, type Job } from "./job";
import { passing } from "./passing";
import type { Table } from "./table";

/** What can be asked of all rows: question and answer. */
export interface Questions {
  inside: [around: Ring, rows: Bits];
  touched: [rings: readonly Ring[], rows: Bits];
  nearest: [aim: Aim, row: number | null];
  next: [stride: Stride, row: number | null];
  histograms: [binning: Binning, tallies: Tallies];
  top: [of: { axis: "x" | "y"; share: number }, code: number | null];
  passing: [about: Sifting, rows: Bits];
}
export type What = keyof Questions;
type Jobs = {
  [W in What]: (table: Table, about: Questions[W][0]) => Job<Questions[W][1]>;
};

/** The rows in sight that are marked. */
function* marked({ frame, passing }: Table, mark: Mark): Job<Bits> {
  const bits = noBits(frame.rows);
  yield* inBlocks(frame.rows, (from, to) => mark(bits, from, to));
  if (passing) for (let i = 0; i < bits.length; i++) bits[i]! &= passing[i] ?? 0;
  return bits;
}

/** The rows in sight inside a ring. */
const inside = (table: Table, around: Ring): Job<Bits> =>
  marked(table, marker(table.frame, around));

/** The rows in sight that a brush has touched. */
const touched = (table: Table, rings: readonly Ring[]): Job<Bits> =>
  marked(table, toucher(table.frame, rings));

/** The row in sight that is nearest to a pointer. */
function* nearest({ frame, passing, grid }: Table, aim: Aim): Job<number | null> {
  function* among(search: (best: Found, from: number, to: number) => Found): Job<number | null> {
    let found = NOTHING_YET;
    yield* inBlocks(frame.rows, (from, to) => {
      found = search(found, from, to);
    });
    return found.row;
  }
  if (isOverPlot(aim)) {
    const row = grid
      ? searchGrid(frame, aim, passing, grid)
      : yield* among(searchPlaced(frame, aim, passing));
    if (row !== null) return row;
  }
  return isOverStrip(frame, aim) ? yield* among(searchWaiting(frame, aim, passing)) : null;
}

/** The row in sight that is nearest on one side of a place. */
function* next({ frame, passing }: Table, stride: Stride): Job<number | null> {
  const search = searchBeyond(frame, stride, passing);
  let found = NONE_YET;
  yield* inBlocks(frame.rows, (from, to) => {
    found = search(found, from, to);
  });
  return found.row;
}

/** How many rows in sight there are in each bin. */
function* histograms({ frame, passing, selection }: Table, binning: Binning): Job<Tallies> {
  const { count, tallies } = counter(frame, binning, passing, selection);
  yield* inBlocks(frame.rows, count);
  return tallies();
}

/** From which code on the largest of an axis stand, of all rows. */
// biome-ignore lint/correctness/useYield: one pass of a few milliseconds
function* top({ frame }: Table, { axis, share }: Questions["top"][0]): Job<number | null> {
  return topCode(frame[axis].codes, share);
}

export const JOBS: Jobs = { inside, touched, nearest, next, histograms, top, passing };
