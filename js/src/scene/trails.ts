import { evenly } from "../state/history";
import type { Frame, Pixel } from "../state/types";

const MOST = 40; // moments of one trail
export const MOST_TRAILS = 300;

/** The frames through which a trail leads to the one that is shown, which ends it. */
export function moments(history: ReadonlyMap<number, Frame>, shown: Frame): Frame[] {
  const before = [...history.values()].filter((frame) => isBefore(frame, shown));
  before.sort((a, b) => a.epoch! - b.epoch!);
  return [...evenly(before, MOST - 1), shown];
}

const isBefore = (frame: Frame, shown: Frame): boolean =>
  frame !== shown && shown.epoch !== null && frame.epoch! <= shown.epoch - (shown.sealed ? 1 : 0);

/** One path for each step from a moment to the next, of all rows together; oldest first. */
export function trailPaths(
  frames: readonly Frame[],
  rows: readonly number[],
  spot: (frame: Frame, row: number) => Pixel | null,
): string[] {
  const places = frames.map((frame) => rows.map((row) => spot(frame, row)));
  return places.slice(1).map((here, i) =>
    here
      .map((to, k) => {
        const from = places[i]![k];
        return from && to ? `M${text(from)}L${text(to)}` : "";
      })
      .join(""),
  );
}

const text = ([x, y]: Pixel): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

const FEW = 24; // trails that are drawn as strongly as one

/** How much of a step of some trails is seen, the newest being the last: 0.08 to 0.8, of many less. */
export const fading = (step: number, steps: number, trails: number): number =>
  (0.08 + 0.72 * ((step + 1) / steps) ** 1.5) * Math.min(1, Math.sqrt(FEW / trails));

/** Some of the rows of a set, evenly spread over it. */
export function someOf(bits: Uint8Array, count: number, most = MOST_TRAILS): number[] {
  const every = Math.max(1, Math.ceil(count / most));
  const rows: number[] = [];
  let n = 0;
  for (let byte = 0; byte < bits.length; byte++) {
    if (bits[byte] === 0) continue;
    for (let bit = 0; bit < 8; bit++)
      if ((bits[byte]! >> bit) & 1 && n++ % every === 0) rows.push(byte * 8 + bit);
  }
  return rows;
}
