import { type Bits, has } from "../state/bits";
import { type Box, type Frame, LATTICE } from "../state/types";
import type { Affine } from "./scales";

const SAMPLE = 8192; // rows that are looked at
const CELL = 8; // px
const GOLDEN = 0x9e3779b9; // of 2 ** 32

/** How full the plot is. */
export interface Crowd {
  /** Rows in sight to a square pixel of the plot. */
  mean: number;
  /** The same round the row that has a typical neighbourhood. */
  local: number;
}

/** Rows are looked at in steps of the golden ratio: evenly spread, and the same ones each time. */
function sampledRows(rows: number): (i: number) => number {
  if (rows <= SAMPLE) return (i) => i;
  return (i) => Math.floor(((Math.imul(i, GOLDEN) >>> 0) / 2 ** 32) * rows);
}

/** An estimate over the rows that are shown, from a sample of them. */
export function crowd(
  { rows, x, y }: Frame,
  toX: Affine,
  toY: Affine,
  { x: left, y: top, width, height }: Box,
  isShown: (row: number) => boolean,
): Crowd {
  const [looked, rowOf] = [Math.min(rows, SAMPLE), sampledRows(rows)];
  const [across, down] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const cells = new Uint16Array(across * down);
  let [seen, pairs] = [0, 0];
  for (let i = 0; i < looked; i++) {
    const row = rowOf(i);
    const [cx, cy] = [x.codes[row]!, y.codes[row]!];
    if (cx > LATTICE || cy > LATTICE) continue;
    const [px, py] = [cx * toX[0] + toX[1] - left, cy * toY[0] + toY[1] - top];
    if (px < 0 || px > width || py < 0 || py > height || !isShown(row)) continue;
    const cell =
      Math.min(down - 1, (py / CELL) | 0) * across + Math.min(across - 1, (px / CELL) | 0);
    pairs += 2 * cells[cell]!++;
    seen++;
  }
  const each = rows / Math.max(1, looked);
  return {
    mean: (seen * each) / (width * height),
    local: ((pairs / Math.max(1, seen)) * each) / (CELL * CELL),
  };
}

/** Which rows a layer shows: all that pass, and of them those selected or those not. */
export function shown(
  passing: Bits | null,
  selected: Bits | null,
  drawn: 0 | 1 | 2,
): (row: number) => boolean {
  const passes = (row: number) => passing === null || has(passing, row);
  if (drawn === 0 || !selected) return passes;
  return (row) => passes(row) && has(selected, row) === (drawn === 2);
}

/** As `shown` and `crowd` say, looked up only where the picture is another: not while points glide. */
export function rememberedCrowd() {
  const known = new Map<number, { key: readonly unknown[]; found: Crowd }>();
  return (
    frame: Frame,
    toX: Affine,
    toY: Affine,
    plot: Box,
    passing: Bits | null,
    selected: Bits | null,
    drawn: 0 | 1 | 2,
  ): Crowd => {
    const key = [frame, ...toX, ...toY, plot.width, plot.height, passing, selected];
    const last = known.get(drawn);
    if (last?.key.every((part, i) => part === key[i])) return last.found;
    const found = crowd(frame, toX, toY, plot, shown(passing, selected, drawn));
    known.set(drawn, { key, found });
    return found;
  };
}
