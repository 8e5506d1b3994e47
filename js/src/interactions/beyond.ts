import { place } from "../scene/place";
import { type Bits, has } from "../state/bits";
import { type Columns, LATTICE } from "../state/types";
import type { Aim, Found } from "./nearest";

export type Way = "left" | "right" | "up" | "down";

/** From a row's place, or from one where none is, to the nearest row on that side. */
export interface Stride {
  aim: Aim;
  row: number | null;
  /** null: on whichever side. */
  way: Way | null;
}

/** In pixels, y downwards; and whether rows on one spot are walked on or back. */
const WAYS: Record<Way, readonly [x: number, y: number, order: 1 | -1]> = {
  right: [1, 0, 1],
  up: [0, -1, 1],
  left: [-1, 0, -1],
  down: [0, 1, -1],
};

export const NONE_YET: Found = { far: Number.POSITIVE_INFINITY, row: null };

/**
 * Looks in the quarter of the plane on one side, strips included. Rows on one spot follow each other
 * in their order, so that each of them is reached.
 */
export function searchBeyond(
  columns: Columns,
  { aim, row: here, way }: Stride,
  passing: Bits | null,
): (best: Found, from: number, to: number) => Found {
  const { at, toX, toY, where } = aim;
  const [xs, ys] = [columns.x.codes, columns.y.codes];
  const [wayX, wayY, order] = way ? WAYS[way] : [0, 0, 1];
  const isBeyond = (dx: number, dy: number, row: number): boolean => {
    if (!way) return true;
    if (dx === 0 && dy === 0) return here !== null && (row - here) * order > 0;
    const along = dx * wayX + dy * wayY;
    return along > 0 && Math.abs(dx * wayY) + Math.abs(dy * wayX) <= along;
  };
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
      if (distance > far || (distance === far && order > 0 && row !== null)) continue;
      if (isBeyond(dx, dy, next) && (!passing || has(passing, next))) [far, row] = [distance, next];
    }
    return { far, row };
  };
}
