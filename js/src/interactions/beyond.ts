import { place } from "../scene/place";
import { type Bits, has } from "../state/bits";
import { type Columns, LATTICE } from "../state/types";
import type { Aim, Found } from "./nearest";

export type Way = "left" | "right" | "up" | "down";

/** From a place to a row. */
export interface Stride {
  aim: Aim;
  /** To the nearest a step away on that side; null: on whichever side. */
  way: Way | null;
  /** Instead: of all rows, by how far they are, the next one after this or the one before it. */
  from?: { row: number; to: "next" | "before" };
}

/** In pixels, y downwards. */
const WAYS: Record<Way, readonly [x: number, y: number]> = {
  right: [1, 0],
  up: [0, -1],
  left: [-1, 0],
  down: [0, 1],
};
const STEP = 8; // px: less would not be seen

export const NONE_YET: Found = { far: Number.POSITIVE_INFINITY, row: null };

/** May a row be the one that is looked for, so far away and so far to the right and down? */
function wanted(columns: Columns, { aim: { at, toX, toY, where }, way, from }: Stride) {
  if (from) {
    const [x, y] = place(columns, from.row, toX, toY, where) ?? at;
    const [dx, dy] = [x - at[0], y - at[1]];
    const [since, sign] = [dx * dx + dy * dy, from.to === "next" ? 1 : -1];
    return (far: number, row: number): boolean => sign * (far - since || row - from.row) > 0;
  }
  if (!way) return () => true;
  const [wayX, wayY] = WAYS[way];
  return (far: number, _: number, dx: number, dy: number): boolean => {
    const along = dx * wayX + dy * wayY;
    return far >= STEP * STEP && along > 0 && Math.abs(dx * wayY) + Math.abs(dy * wayX) <= along;
  };
}

/** Looks for the row that a stride leads to, in the strips, too. */
export function searchBeyond(
  columns: Columns,
  stride: Stride,
  passing: Bits | null,
): (best: Found, from: number, to: number) => Found {
  const { at, toX, toY, where } = stride.aim;
  const [xs, ys] = [columns.x.codes, columns.y.codes];
  const isWanted = wanted(columns, stride);
  const sign = stride.from?.to === "before" ? -1 : 1; // the farthest of those before
  return (best, from, to) => {
    let { far, row } = best;
    for (let next = from; next < to; next++) {
      let [x, y] = [xs[next]!, ys[next]!];
      if (x > LATTICE || y > LATTICE) {
        const spot = place(columns, next, toX, toY, where);
        if (!spot) continue;
        [x, y] = spot;
      } else {
        x = toX[0] * x + toX[1];
        y = toY[0] * y + toY[1];
      }
      const [dx, dy] = [x - at[0], y - at[1]];
      const distance = dx * dx + dy * dy;
      if (sign * distance > far || (sign * distance === far && sign > 0 && row !== null)) continue;
      if (!isWanted(distance, next, dx, dy) || (passing && !has(passing, next))) continue;
      [far, row] = [sign * distance, next];
    }
    return { far, row };
  };
}
