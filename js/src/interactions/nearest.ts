import type { Layout } from "../scene/layout";
import { place } from "../scene/place";
import { type Affine, affineX, affineY } from "../scene/scales";
import { type Bits, has } from "../state/bits";
import { type Box, type Camera, type Columns, LATTICE, type Pixel, WAITING } from "../state/types";
import { type Grid, inBox } from "./grid";

const REACH = 12; // px

/** Where a pointer is, and how the rows' codes become pixels there. */
export interface Aim {
  at: Pixel;
  toX: Affine;
  toY: Affine;
  where: Layout;
}

export const aimed = ({ x, y }: Columns, camera: Camera, at: Pixel, where: Layout): Aim => ({
  at,
  toX: affineX(x, x, camera, where.plot),
  toY: affineY(y, y, camera, where.plot),
  where,
});

/** The nearest row so far and the square of its distance. */
export interface Found {
  far: number;
  row: number | null;
}
export const NOTHING_YET: Found = { far: REACH * REACH, row: null };

const isIn = ([x, y]: Pixel, box: Box): boolean =>
  x >= box.x - REACH &&
  x <= box.x + box.width + REACH &&
  y >= box.y - REACH &&
  y <= box.y + box.height + REACH;

export const isOverPlot = ({ at, where }: Aim): boolean => isIn(at, where.plot);

/** Is the pointer on a strip in which rows wait? */
export const isOverStrip = ({ x, y }: Columns, { at, where }: Aim): boolean =>
  (x.n_waiting > 0 && isIn(at, where.xStrip)) || (y.n_waiting > 0 && isIn(at, where.yStrip));

/** Of two rows equally near the later one, which is drawn above the other. */
const isNearer = (far: number, row: number, best: Found): boolean =>
  far < best.far || (far === best.far && row > (best.row ?? -1));

type Search = (best: Found, from: number, to: number) => Found;

/** Looks among rows with a place on both axes. */
function placed({ x, y }: Columns, { at, toX, toY }: Aim, passing: Bits | null) {
  const [atX, atY] = [(at[0] - toX[1]) / toX[0], (at[1] - toY[1]) / toY[0]];
  const [reachX, reachY] = [REACH / Math.abs(toX[0]), REACH / Math.abs(toY[0])];
  const [xs, ys] = [x.codes, y.codes];
  const look = (best: Found, row: number): void => {
    const dx = xs[row]! - atX;
    if (dx > reachX || dx < -reachX || xs[row]! > LATTICE) return;
    const dy = ys[row]! - atY;
    if (dy > reachY || dy < -reachY || ys[row]! > LATTICE) return;
    const far = (dx * toX[0]) ** 2 + (dy * toY[0]) ** 2;
    if (!isNearer(far, row, best) || (passing && !has(passing, row))) return;
    best.far = far;
    best.row = row;
  };
  const box = { x: [atX - reachX, atX + reachX], y: [atY - reachY, atY + reachY] } as const;
  return { look, box };
}

export function searchPlaced(columns: Columns, aim: Aim, passing: Bits | null): Search {
  const { look } = placed(columns, aim, passing);
  return (best, from, to) => {
    const found = { ...best };
    for (let row = from; row < to; row++) look(found, row);
    return found;
  };
}

/** The same in the cells of a grid that are in reach. */
export function searchGrid(
  columns: Columns,
  aim: Aim,
  passing: Bits | null,
  grid: Grid,
): number | null {
  const { look, box } = placed(columns, aim, passing);
  const found = { ...NOTHING_YET };
  inBox(grid, box.x, box.y, (row) => look(found, row));
  return found.row;
}

/** Looks among the rows that wait in a strip. */
export function searchWaiting(columns: Columns, aim: Aim, passing: Bits | null): Search {
  const { at, toX, toY, where } = aim;
  const [xs, ys] = [columns.x.codes, columns.y.codes];
  return (best, from, to) => {
    const found = { ...best };
    for (let row = from; row < to; row++) {
      if (xs[row] !== WAITING && ys[row] !== WAITING) continue;
      const spot = place(columns, row, toX, toY, where);
      if (!spot) continue;
      const far = (spot[0] - at[0]) ** 2 + (spot[1] - at[1]) ** 2;
      if (!isNearer(far, row, found) || (passing && !has(passing, row))) continue;
      found.far = far;
      found.row = row;
    }
    return found;
  };
}

/** The row under the pointer. */
export function nearest(columns: Columns, aim: Aim, passing: Bits | null): number | null {
  const among = (search: Search) => search(NOTHING_YET, 0, columns.rows).row;
  const row = isOverPlot(aim) ? among(searchPlaced(columns, aim, passing)) : null;
  if (row !== null || !isOverStrip(columns, aim)) return row;
  return among(searchWaiting(columns, aim, passing));
}
