import { affineX, affineY } from "../scene/scales";
import { type Bits, combined, noBits, padded } from "../state/bits";
import { failed, type ModelStore } from "../state/model";
import { type Box, type Camera, type Frame, type How, LATTICE, type Pixel } from "../state/types";
import type { ViewStore } from "../state/view";

/** Px on either side of a stroke that count as on it. */
export const REACH = 16;
const CELL = 2; // px

/** Places along a stroke, one every CELL px. */
function dense(stroke: readonly Pixel[]): Pixel[] {
  const out: Pixel[] = stroke.slice(0, 1);
  for (let i = 1; i < stroke.length; i++) {
    const [[ax, ay], [bx, by]] = [stroke[i - 1]!, stroke[i]!];
    const steps = Math.max(1, Math.round(Math.hypot(bx - ax, by - ay) / CELL));
    for (let s = 1; s <= steps; s++)
      out.push([ax + ((bx - ax) * s) / steps, ay + ((by - ay) * s) / steps]);
  }
  return out;
}

/** The cells within reach of some places. */
export function corridor(places: readonly Pixel[]): (x: number, y: number) => boolean {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs) - REACH, Math.min(...ys) - REACH];
  const width = Math.ceil((Math.max(...xs) + REACH - left) / CELL) + 1;
  const height = Math.ceil((Math.max(...ys) + REACH - top) / CELL) + 1;
  const cells = new Uint8Array(width * height);
  const reach = REACH / CELL;
  for (const [x, y] of places) {
    const [cx, cy] = [(x - left) / CELL, (y - top) / CELL];
    for (let row = Math.max(0, Math.floor(cy - reach)); row <= cy + reach && row < height; row++) {
      const half = Math.sqrt(Math.max(0, reach * reach - (row + 0.5 - cy) ** 2));
      const [from, to] = [Math.max(0, Math.round(cx - half)), Math.round(cx + half)];
      cells.fill(1, row * width + from, row * width + Math.min(width, to));
    }
  }
  return (x, y) => {
    const [column, row] = [Math.floor((x - left) / CELL), Math.floor((y - top) / CELL)];
    if (column < 0 || row < 0 || column >= width || row >= height) return false;
    return cells[row * width + column] === 1;
  };
}

/**
 * The rows whose trails run along a stroke: in some epoch within reach of its first third, in a
 * later one within reach of its last third.
 *
 * @param frames of the past, the oldest first
 * @param shown on whose axes the stroke was drawn
 */
export async function rowsAlong(
  stroke: readonly Pixel[],
  frames: readonly Frame[],
  shown: Frame,
  camera: Camera,
  plot: Box,
  pause: () => Promise<void>,
): Promise<Bits> {
  const places = dense(stroke);
  const third = Math.ceil(places.length / 3);
  const begins = corridor(places.slice(0, third));
  const ends = corridor(places.slice(-third));
  const [bits, hasBegun] = [noBits(shown.rows), new Uint8Array(shown.rows)];
  for (const frame of frames) {
    const [ax, bx] = affineX(frame.x, shown.x, camera, plot);
    const [ay, by] = affineY(frame.y, shown.y, camera, plot);
    const rows = Math.min(frame.rows, shown.rows);
    for (let row = 0; row < rows; row++) {
      const [cx, cy] = [frame.x.codes[row]!, frame.y.codes[row]!];
      if (cx > LATTICE || cy > LATTICE) continue;
      const [x, y] = [ax * cx + bx, ay * cy + by];
      if (hasBegun[row] && ends(x, y)) bits[row >> 3]! |= 1 << (row & 7);
      if (begins(x, y)) hasBegun[row] = 1;
    }
    await pause();
  }
  return bits;
}

/** Selects along a stroke on the map, through the epochs that are in the browser. */
export function pathing(
  model: ModelStore,
  view: ViewStore,
  plot: () => Box,
  pick: (how: How, bits: Bits, frame: Frame) => void,
) {
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve));
  return async (stroke: readonly Pixel[], how: How): Promise<void> => {
    const { frame, camera } = view.get();
    if (!frame) return;
    const { passing, time } = model.get();
    const frames = [...time.history.values()].sort((a, b) => a.epoch! - b.epoch!);
    await rowsAlong(stroke, frames, frame, camera, plot(), pause)
      .then((rows) => {
        const inSight = passing && combined(rows, "intersect", padded(passing, frame.rows));
        pick(how, inSight ?? rows, frame);
      })
      .catch((error) => failed(model, error));
  };
}
