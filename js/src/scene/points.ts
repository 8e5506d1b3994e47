import type { Points } from "../gl/picture";
import type { Camera, Frame } from "../state/types";

const within = (low: number, high: number, value: number): number =>
  Math.min(high, Math.max(low, value));

/** How many times as large as at home everything is, along a side. */
const zoom = ({ x, y }: Camera): number => Math.sqrt(1 / ((x[1] - x[0]) * (y[1] - y[0])));

/** Points shrink as they get many and grow, slowly, as one comes closer: 3,700 at 4.6 px, 1M at 1.9. */
export function diameter(rows: number, camera: Camera): number {
  const crowd = 4.6 * (3700 / Math.max(1, rows)) ** 0.16;
  return within(1.7, 7, crowd) * within(0.8, 2.6, zoom(camera) ** 0.4);
}

/** The more points, the more of each shows through; not so many that one alone could be missed. */
export function opacity(rows: number, camera: Camera): number {
  const inSight = rows / Math.max(1, zoom(camera) ** 2);
  return within(0.7, 0.9, 0.8 * (3700 / Math.max(1, inSight)) ** 0.12);
}

/** How much is left of rows that are not selected while others are, alone and where many are. */
export const DIMMED = 0.16;
export const DIMMED_MOST = 0.34;

/** From how many points over a pixel on counts are drawn, in part and then alone. */
const CROWDED = [0.7, 2.2] as const;

/** 0: points can be told apart; 1: only how many there are. */
export function density(perPixel: number, diameter: number): number {
  const cover = perPixel * 0.785 * diameter * diameter;
  const [from, to] = CROWDED;
  const t = within(0, 1, Math.log(Math.max(cover, 1e-9) / from) / Math.log(to / from));
  return t * t * (3 - 2 * t);
}

/** The frame's columns as the renderer wants them. */
export const points = ({ rows, x, y, color, size, shape }: Frame): Points => ({
  rows,
  x: x.codes,
  y: y.codes,
  color: color.codes,
  size: size?.codes ?? null,
  shape: shape?.codes ?? null,
});
