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

/** Even-odd rule in whole numbers: the same answer wherever it is asked. */
export function isInside(x: number, y: number, { x: xs, y: ys }: Ring): boolean {
  let isOdd = false;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    const [ay, by] = [ys[i]!, ys[j]!];
    if (ay > y === by > y) continue;
    const [ax, bx] = [xs[i]!, xs[j]!];
    const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
    if (by > ay ? side > 0 : side < 0) isOdd = !isOdd;
  }
  return isOdd;
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
  const [xs, ys] = [x.codes, y.codes];
  for (let row = 0; row < rows; row++) {
    const px = xs[row]!;
    if (px < x0 || px > x1) continue;
    const py = ys[row]!;
    if (py < y0 || py > y1) continue;
    if (isInside(px, py, around)) bits[row >> 3]! |= 1 << (row & 7);
  }
  return bits;
}
