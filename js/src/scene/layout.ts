import type { Box, Frame, Size } from "../state/types";

/** Room round the data inside the canvas, so that a point on the border is drawn whole. */
export const PAD = 7;
const GAP = 16;

/** How far each strip is open, 0 to 1. */
export interface Strips {
  x: number;
  y: number;
}

/** The data area, and beside it the strips for rows that have no x (left) or no y (below) yet. */
export interface Layout {
  plot: Box;
  xStrip: Box;
  yStrip: Box;
}

export const openStrips = (frame: Frame | null): Strips => ({
  x: frame && frame.x.n_waiting > 0 ? 1 : 0,
  y: frame && frame.y.n_waiting > 0 ? 1 : 0,
});

const thickness = (length: number): number => Math.round(Math.min(96, Math.max(52, 0.08 * length)));

export function layout({ width, height }: Size, open: Strips): Layout {
  const [across, along] = [thickness(width), Math.round(0.75 * thickness(height))];
  const x = PAD + open.x * (across + GAP);
  const bottom = open.y * (along + GAP);
  const plot = {
    x,
    y: PAD,
    width: Math.max(1, width - x - PAD),
    height: Math.max(1, height - 2 * PAD - bottom),
  };
  return {
    plot,
    xStrip: { x: x - across - GAP, y: plot.y, width: across, height: plot.height },
    yStrip: { x: plot.x, y: plot.y + plot.height + GAP, width: plot.width, height: along },
  };
}
