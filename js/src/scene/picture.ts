import type { Picture } from "../gl/renderer";
import type { Camera, Frame, Rgb, Size, Theme } from "../state/types";
import { type Layout, layout, openStrips, PAD } from "./layout";
import { DIMMED, diameter, opacity } from "./points";
import { affineX, affineY } from "./scales";

/** The layout on the way from one frame to the next: a strip opens and closes with the glide. */
export function glidingLayout(
  size: Size,
  from: Frame | null,
  now: Frame | null,
  t: number,
): Layout {
  const [before, after] = [openStrips(from ?? now), openStrips(now)];
  const open = (axis: "x" | "y") => before[axis] + (after[axis] - before[axis]) * t;
  return layout(size, { x: open("x"), y: open("y") });
}

export interface Moment {
  size: Size;
  pixels: number;
  theme: Theme;
  background: Rgb;
  camera: Camera;
  frame: Frame;
  from: Frame | null;
  progress: number;
}

const EDGE_FROM = 3.4; // px: smaller points have no room for an edge

/** One moment as numbers for the renderer. */
export function picture(moment: Moment, { plot, xStrip, yStrip }: Layout): Picture {
  const { size, pixels, theme, background, camera, frame, from, progress } = moment;
  const before = from ?? frame;
  const d = diameter(frame.rows, camera);
  const [r, g, b] = background.map((byte) => byte / 255) as [number, number, number];
  const [ink, strength] = theme === "light" ? [0.07, 0.6] : [1, 0.35];
  return {
    ...size,
    pixels,
    box: [plot.x - PAD, plot.y - PAD, plot.x + plot.width + PAD, plot.y + plot.height + PAD],
    strip: [xStrip.x, xStrip.width, yStrip.y, yStrip.height],
    toX: [...affineX(before.x, frame.x, camera, plot), ...affineX(frame.x, frame.x, camera, plot)],
    toY: [...affineY(before.y, frame.y, camera, plot), ...affineY(frame.y, frame.y, camera, plot)],
    progress,
    diameter: d,
    alpha: opacity(frame.rows),
    dimmed: DIMMED,
    edge: [r, g, b, d >= EDGE_FROM ? 0.28 * Math.min(2, pixels) : 0], // a device pixel wide
    selectedEdge: [ink, ink, ink, d >= 2.5 ? strength : 0],
  };
}
