import { type Columns, LATTICE } from "../state/types";

/** The rows that have a place, by the cell of a 256 x 256 grid that they lie in. */
export interface Grid {
  /** The rows of cell c are order[starts[c]] to order[starts[c + 1]]. */
  starts: Uint32Array;
  order: Uint32Array;
}

const CELL = 8;
const SIDE = 1 << CELL;
const clamped = (code: number): number => Math.max(0, Math.min(SIDE - 1, code >> CELL));

export function gridOf({ rows, x, y }: Columns): Grid {
  const [xs, ys] = [x.codes, y.codes];
  const starts = new Uint32Array(SIDE * SIDE + 1);
  const cell = (row: number) => ((ys[row]! >> CELL) << CELL) | (xs[row]! >> CELL);
  const isPlaced = (row: number) => xs[row]! <= LATTICE && ys[row]! <= LATTICE;
  for (let row = 0; row < rows; row++) if (isPlaced(row)) starts[cell(row) + 1]! += 1;
  for (let c = 0; c < SIDE * SIDE; c++) starts[c + 1]! += starts[c]!;
  const order = new Uint32Array(starts[SIDE * SIDE]!);
  const next = starts.slice();
  for (let row = 0; row < rows; row++) if (isPlaced(row)) order[next[cell(row)]!++] = row;
  return { starts, order };
}

/** Calls `take` with every row in the cells that a box of the lattice touches. */
export function inBox(
  { starts, order }: Grid,
  [x0, x1]: readonly [number, number],
  [y0, y1]: readonly [number, number],
  take: (row: number) => void,
): void {
  for (let line = clamped(y0); line <= clamped(y1); line++) {
    const first = line << CELL;
    const [from, to] = [starts[first + clamped(x0)]!, starts[first + clamped(x1) + 1]!];
    for (let i = from; i < to; i++) take(order[i]!);
  }
}
