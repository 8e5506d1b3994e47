import type { Layer, Picture } from "../gl/picture";
import type { Bits } from "../state/bits";
import type { Camera, Frame, Rgb, Size, Theme } from "../state/types";
import type { rememberedCrowd } from "./crowd";
import { type Layout, layout, openStrips, PAD } from "./layout";
import { lastCode } from "./palette";
import { DIMMED, DIMMED_MOST, density, diameter, opacity } from "./points";
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
  /** null: nothing is selected. */
  selected: Bits | null;
  passing: Bits | null;
  /** How many of the rows are drawn, 0 to 1. */
  share: number;
}

const EDGE_FROM = 3.4; // px: smaller points have no room for an edge
const RAISED = 1.25; // times the diameter of rows that are not selected
const INK: Record<Theme, Layer["edge"]> = {
  light: [0.07, 0.07, 0.07, 0.6],
  dark: [1, 1, 1, 0.35],
};

/** Times the diameter, so that a part of the rows fills what all do. */
const grown = (share: number): number => Math.min(1.7, share ** -0.5);

/** What is drawn of some of the rows, by how crowded they stand. */
function layer(
  moment: Moment,
  drawn: Layer["drawn"],
  { plot }: Layout,
  crowdOf: ReturnType<typeof rememberedCrowd>,
): Layer {
  const { pixels, theme, background, camera, frame, selected, passing, share } = moment;
  const isRaised = drawn === 2;
  const whole = diameter(frame.rows, camera) * (isRaised ? RAISED : 1);
  const toX = affineX(frame.x, frame.x, camera, plot);
  const toY = affineY(frame.y, frame.y, camera, plot);
  const { mean, local } = crowdOf(frame, toX, toY, plot, passing, selected, drawn);
  const dense = density(mean, whole);
  const d = whole * (dense > 0 ? grown(share) : 1);
  const [r, g, b] = background.map((byte) => byte / 255) as [number, number, number];
  const thin = d >= EDGE_FROM ? 0.28 * Math.min(2, pixels) : 0; // a device pixel wide
  const ink = INK[theme];
  return {
    drawn,
    diameter: d,
    alpha: [opacity(frame.rows, camera), DIMMED, 1][drawn]!,
    most: [1, DIMMED_MOST, 1][drawn]!,
    edge: isRaised ? [ink[0], ink[1], ink[2], d >= 3 ? ink[3] : 0] : [r, g, b, thin],
    density: dense,
    weight: (whole / d) ** 2 / share,
    peak: Math.max(8, 4 * local * 0.785 * whole * whole),
  };
}

/** One moment as numbers for the renderer. */
export function picture(
  moment: Moment,
  at: Layout,
  crowdOf: ReturnType<typeof rememberedCrowd>,
): Picture {
  const { size, pixels, theme, camera, frame, from, progress, selected, share } = moment;
  const { plot, xStrip, yStrip } = at;
  const before = from ?? frame;
  return {
    ...size,
    pixels,
    box: [plot.x - PAD, plot.y - PAD, plot.x + plot.width + PAD, plot.y + plot.height + PAD],
    strip: [xStrip.x, xStrip.width, yStrip.y, yStrip.height],
    toX: [...affineX(before.x, frame.x, camera, plot), ...affineX(frame.x, frame.x, camera, plot)],
    toY: [...affineY(before.y, frame.y, camera, plot), ...affineY(frame.y, frame.y, camera, plot)],
    progress,
    sizes: frame.size ? Math.max(1, lastCode(frame.size)) : 0,
    ink: theme === "light" ? [0, 0, 0] : [1, 1, 1],
    share,
    layers: (selected ? ([1, 2] as const) : ([0] as const)).map((drawn) =>
      layer(moment, drawn, at, crowdOf),
    ),
  };
}
