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
  open: Strips;
  plot: Box;
  xStrip: Box;
  yStrip: Box;
}

export const openStrips = (frame: Frame | null): Strips => ({
  x: frame && frame.x.n_waiting > 0 ? 1 : 0,
  y: frame && frame.y.n_waiting > 0 ? 1 : 0,
});

/** Is there little room for words? */
export const isNarrow = ({ width }: Size): boolean => width < 560;

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
  const below = plot.y + plot.height + open.y * GAP;
  return {
    open,
    plot,
    xStrip: { x: PAD, y: plot.y, width: open.x * across, height: plot.height },
    yStrip: { x: plot.x, y: below, width: plot.width, height: open.y * along },
  };
}
