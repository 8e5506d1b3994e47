import { type Bits, noBits } from "../state/bits";
import { type Columns, LATTICE } from "../state/types";

/** A closed ring on the lattice of a frame: whole numbers, which may lie beyond its borders. */
export interface Ring {
  x: Int32Array;
  y: Int32Array;
}

const FAR = 1 << 22; // keeps every product below 2^53: the test is exact

const near = (code: number): number => Math.max(-FAR, Math.min(FAR, Math.round(code)));

export const ring = (corners: readonly (readonly [x: number, y: number])[]): Ring => ({
  x: Int32Array.from(corners, ([x]) => near(x)),
  y: Int32Array.from(corners, ([, y]) => near(y)),
});

/** Does the edge from corner j to corner i cross the line that runs from (x, y) to the right? */
function crosses(x: number, y: number, { x: xs, y: ys }: Ring, i: number, j: number): boolean {
  const [ay, by] = [ys[i]!, ys[j]!];
  if (ay > y === by > y) return false;
  const [ax, bx] = [xs[i]!, xs[j]!];
  const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
  return by > ay ? side > 0 : side < 0;
}

/** Even-odd rule in whole numbers: the same answer wherever it is asked. */
export function isInside(x: number, y: number, around: Ring): boolean {
  let isOdd = false;
  for (let i = 0, j = around.x.length - 1; i < around.x.length; j = i++)
    if (crosses(x, y, around, i, j)) isOdd = !isOdd;
  return isOdd;
}

const BAND = 8; // the lattice's 2^16 lines in 2^8 bands

/** For every band of 256 lines the edges that reach into it, by their second corner. */
function edgesByBand({ y }: Ring): number[][] {
  const bands: number[][] = Array.from({ length: 256 }, () => []);
  for (let i = 0, j = y.length - 1; i < y.length; j = i++) {
    const from = Math.max(0, Math.min(y[i]!, y[j]!) >> BAND);
    const to = Math.min(255, Math.max(y[i]!, y[j]!) >> BAND);
    for (let band = from; band <= to; band++) bands[band]!.push(i);
  }
  return bands;
}

/** `isInside` that looks at near edges only. */
function insideTest(around: Ring): (x: number, y: number) => boolean {
  const bands = edgesByBand(around);
  const last = around.x.length - 1;
  return (x, y) => {
    let isOdd = false;
    for (const i of bands[y >> BAND]!)
      if (crosses(x, y, around, i, i === 0 ? last : i - 1)) isOdd = !isOdd;
    return isOdd;
  };
}

const SIDE = 10; // 2^10 x 2^10 cells of 64 x 64 places of the lattice
const CELL = 16 - SIDE;
const CELLS = 1 << SIDE;
const [OUT, IN, EDGE] = [0, 1, 2];

/** Marks the cells that an edge of the ring may touch. */
function markEdge(mask: Uint8Array, ax: number, ay: number, bx: number, by: number): void {
  const cell = (code: number) => Math.max(0, Math.min(CELLS - 1, code >> CELL));
  const [low, high] = [Math.min(ay, by), Math.max(ay, by)];
  if (high < 0 || low > 0xffff) return;
  const slope = (bx - ax) / (by - ay);
  const at = (y: number) => ax + (Math.max(low, Math.min(high, y)) - ay) * slope;
  for (let row = cell(low); row <= cell(high); row++) {
    const [top, bottom] = ay === by ? [ax, bx] : [at(row << CELL), at((row + 1) << CELL)];
    const [left, right] = [Math.min(top, bottom) - 1, Math.max(top, bottom) + 1];
    if (right < 0 || left > 0xffff) continue;
    mask.fill(EDGE, (row << SIDE) + cell(left), (row << SIDE) + cell(right) + 1);
  }
}

/** Which cells lie inside, which outside, and in which the rows have to be looked at. */
function maskOf({ x, y }: Ring, isIn: (x: number, y: number) => boolean): Uint8Array {
  const mask = new Uint8Array(CELLS * CELLS);
  for (let i = 0, j = x.length - 1; i < x.length; j = i++)
    markEdge(mask, x[j]!, y[j]!, x[i]!, y[i]!);
  for (let row = 0; row < CELLS; row++) {
    let before = OUT; // of the cell to the left; beyond the border nothing is known
    for (let column = 0; column < CELLS; column++) {
      const at = (row << SIDE) + column;
      if (mask[at] !== EDGE) {
        if (column === 0 || before === EDGE)
          mask[at] = isIn(column << CELL, row << CELL) ? IN : OUT;
        else mask[at] = before;
      }
      before = mask[at]!;
    }
  }
  markLast(mask);
  return mask;
}

/** In the last cells there are codes that are no place: each row has to be looked at. */
function markLast(mask: Uint8Array): void {
  for (let i = 0; i < CELLS; i++) {
    mask[(i << SIDE) + CELLS - 1] = EDGE;
    mask[((CELLS - 1) << SIDE) + i] = EDGE;
  }
}

export type Mark = (bits: Bits, from: number, to: number) => void;
type Placed = Pick<Columns, "rows" | "x" | "y">;

/**
 * Marks those of the rows `from` to `to` that are inside the ring. Rows that wait or are missing
 * have no place and are never inside.
 */
export function marker({ rows, x, y }: Placed, around: Ring): Mark {
  const isIn = insideTest(around);
  const [xs, ys] = [x.codes, y.codes];
  const isPlace = (px: number, py: number) => px <= LATTICE && py <= LATTICE;
  if (rows <= FEW)
    return (bits, from, to) => {
      for (let row = from; row < to; row++)
        if (isPlace(xs[row]!, ys[row]!) && isIn(xs[row]!, ys[row]!))
          bits[row >> 3]! |= 1 << (row & 7);
    };
  const mask = maskOf(around, isIn);
  return (bits, from, to) => {
    for (let row = from; row < to; row++) {
      const [px, py] = [xs[row]!, ys[row]!];
      const cell = mask[((py >> CELL) << SIDE) | (px >> CELL)];
      if (cell === IN || (cell === EDGE && isPlace(px, py) && isIn(px, py)))
        bits[row >> 3]! |= 1 << (row & 7);
    }
  };
}

const FEW = 20_000; // rows: making a mask takes longer than looking at each

/** The rows inside the ring. */
export function rowsInside(columns: Placed, around: Ring): Bits {
  const bits = noBits(columns.rows);
  marker(columns, around)(bits, 0, columns.rows);
  return bits;
}
