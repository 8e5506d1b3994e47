import type { Domain } from "../state/types";
import type { Bins, Tally } from "./histograms";

/** A histogram as it is drawn, on its way to what was counted. */
export interface Bars {
  bins: Bins;
  all: Float64Array;
  chosen: Float64Array;
  /** The count that is drawn at full height. */
  top: number;
}

const NEAR = 0.004; // of the top: no eye sees it

/** The largest count in sight. */
function topOf({ n, from, step }: Bins, { all }: Tally, [low, high]: Domain): number {
  let top = 0;
  for (let i = 0; i < n; i++)
    if (from + (i + 1) * step > low && from + i * step < high) top = Math.max(top, all[i]!);
  return Math.max(1, top);
}

/**
 * The bars a moment later: a share of the way from how they are drawn to what was counted. Bars
 * that were not drawn before are at once what was counted.
 */
export function eased(
  drawn: Bars | null,
  bins: Bins,
  tally: Tally,
  visible: Domain,
  share: number,
): { bars: Bars; isThere: boolean } {
  const top = topOf(bins, tally, visible);
  const from = drawn?.bins.step === bins.step ? drawn : null;
  const shift = from ? bins.number - from.bins.number : 0;
  const near = NEAR * top;
  let isThere = true;
  const between = (old: number | undefined, now: number): number => {
    const next = old === undefined ? now : old + (now - old) * share;
    if (Math.abs(next - now) <= near) return now;
    isThere = false;
    return next;
  };
  const bars = {
    bins,
    all: Float64Array.from(tally.all, (count, i) => between(from?.all[i + shift], count)),
    chosen: Float64Array.from(tally.chosen, (count, i) => between(from?.chosen[i + shift], count)),
    top: between(drawn?.top, top),
  };
  return { bars, isThere };
}

/** How tall a bar is, 0 to 1; in logarithms a bin of one row is still seen. */
export function heightOf(count: number, top: number, isLog: boolean): number {
  const height = isLog ? Math.log1p(count) / Math.log1p(top) : count / top;
  return Math.min(1, Math.max(0, height));
}
