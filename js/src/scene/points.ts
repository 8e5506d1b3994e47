import type { Points } from "../gl/renderer";
import type { Camera, Frame, Theme } from "../state/types";
import { palette } from "./palette";

const within = (low: number, high: number, value: number): number =>
  Math.min(high, Math.max(low, value));

/** Points shrink as they get many and grow, slowly, as one comes closer: 3,700 at 4.6 px, 1M at 1.5. */
export function diameter(rows: number, { x, y }: Camera): number {
  const zoom = Math.sqrt(1 / ((x[1] - x[0]) * (y[1] - y[0])));
  const crowd = 4.6 * (3700 / Math.max(1, rows)) ** 0.2;
  return within(1.3, 7, crowd) * within(0.8, 2.2, zoom ** 0.35);
}

/** The more points, the more of each shows through. */
export const opacity = (rows: number): number =>
  within(0.4, 0.9, 0.8 * (3700 / Math.max(1, rows)) ** 0.12);

/** How much is left of rows that are not selected while others are. */
export const DIMMED = 0.16;

/** The frame's columns as the renderer wants them. */
export const points = ({ rows, x, y, color }: Frame, theme: Theme): Points => ({
  rows,
  x: x.codes,
  y: y.codes,
  color: color.codes,
  palette: palette(color, theme),
});
