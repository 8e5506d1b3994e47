import type { Layout } from "../scene/layout";
import { place } from "../scene/place";
import type { Affine } from "../scene/scales";
import { type Box, type Frame, LATTICE, type Pixel, WAITING } from "../state/types";

const REACH = 12; // px

const isIn = ([x, y]: Pixel, box: Box): boolean =>
  x >= box.x - REACH &&
  x <= box.x + box.width + REACH &&
  y >= box.y - REACH &&
  y <= box.y + box.height + REACH;

/** Of the rows with a place on both axes, the one nearest to a pixel, if one is in reach. */
function nearestPlaced(
  { rows, x, y }: Frame,
  [px, py]: Pixel,
  toX: Affine,
  toY: Affine,
): number | null {
  const [atX, atY] = [(px - toX[1]) / toX[0], (py - toY[1]) / toY[0]];
  const [reachX, reachY] = [REACH / Math.abs(toX[0]), REACH / Math.abs(toY[0])];
  const [xs, ys] = [x.codes, y.codes];
  let [best, found] = [REACH * REACH, -1];
  for (let row = 0; row < rows; row++) {
    const dx = xs[row]! - atX;
    if (dx > reachX || dx < -reachX || xs[row]! > LATTICE) continue;
    const dy = ys[row]! - atY;
    if (dy > reachY || dy < -reachY || ys[row]! > LATTICE) continue;
    const far = (dx * toX[0]) ** 2 + (dy * toY[0]) ** 2;
    if (far <= best) [best, found] = [far, row];
  }
  return found < 0 ? null : found;
}

/** The same among the rows that wait in a strip. */
function nearestWaiting(
  frame: Frame,
  [px, py]: Pixel,
  toX: Affine,
  toY: Affine,
  at: Layout,
): number | null {
  let [best, found] = [REACH * REACH, -1];
  for (let row = 0; row < frame.rows; row++) {
    if (frame.x.codes[row] !== WAITING && frame.y.codes[row] !== WAITING) continue;
    const spot = place(frame, row, toX, toY, at);
    if (!spot) continue;
    const far = (spot[0] - px) ** 2 + (spot[1] - py) ** 2;
    if (far <= best) [best, found] = [far, row];
  }
  return found < 0 ? null : found;
}

/** The row under the pointer. */
export function nearest(
  frame: Frame,
  at: Pixel,
  toX: Affine,
  toY: Affine,
  where: Layout,
): number | null {
  if (isIn(at, where.plot)) {
    const row = nearestPlaced(frame, at, toX, toY);
    if (row !== null) return row;
  }
  const waits =
    (frame.x.n_waiting && isIn(at, where.xStrip)) || (frame.y.n_waiting && isIn(at, where.yStrip));
  return waits ? nearestWaiting(frame, at, toX, toY, where) : null;
}
