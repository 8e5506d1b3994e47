import { type Bits, noBits } from "../state/bits";
import { type Frame, LATTICE } from "../state/types";

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

function bounds(values: Int32Array): [low: number, high: number] {
  let [low, high] = [FAR, -FAR];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [Math.max(0, low), Math.min(LATTICE, high)];
}

/** The rows inside the ring. Rows that wait or are missing have no place and are never inside. */
export function rowsInside({ rows, x, y }: Frame, around: Ring): Bits {
  const bits = noBits(rows);
  const [x0, x1] = bounds(around.x);
  const [y0, y1] = bounds(around.y);
  const [xs, ys, bands] = [x.codes, y.codes, edgesByBand(around)];
  const last = around.x.length - 1;
  for (let row = 0; row < rows; row++) {
    const px = xs[row]!;
    if (px < x0 || px > x1) continue;
    const py = ys[row]!;
    if (py < y0 || py > y1) continue;
    let isOdd = false;
    for (const i of bands[py >> BAND]!)
      if (crosses(px, py, around, i, i === 0 ? last : i - 1)) isOdd = !isOdd;
    if (isOdd) bits[row >> 3]! |= 1 << (row & 7);
  }
  return bits;
}
