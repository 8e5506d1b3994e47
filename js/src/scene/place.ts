import { type Columns, MISSING, type Pixel, WAITING } from "../state/types";
import type { Layout } from "./layout";
import type { Affine } from "./scales";

/** Where in a strip a row stands, 0 to 1: the shader's own numbers, so that hover meets the point. */
const scatter = (row: number, salt: number): number =>
  (Math.imul(row + salt, 2654435769) >>> 16) / 65535;

/** The row's place in pixels; null where it has none. */
export function place(
  frame: Columns,
  row: number,
  toX: Affine,
  toY: Affine,
  at: Layout,
): Pixel | null {
  const [x, y] = [frame.x.codes[row] ?? MISSING, frame.y.codes[row] ?? MISSING];
  if (x === MISSING || y === MISSING) return null;
  const { xStrip, yStrip } = at;
  return [
    x === WAITING ? xStrip.x + xStrip.width * scatter(row, 0) : toX[0] * x + toX[1],
    y === WAITING ? yStrip.y + yStrip.height * scatter(row, 77) : toY[0] * y + toY[1],
  ];
}
