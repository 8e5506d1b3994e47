import { valueText } from "../scene/numbers";
import type { Curve } from "../state/cards";
import type { Domain } from "../state/types";
import { svg } from "./element";

const PAD = 4; // px, for the dots

function domainOf({ name, values }: Curve): Domain {
  if (name.endsWith("probability") || name.startsWith("share")) return [0, 1];
  const known = values.filter((value): value is number => value !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(...known)];
  return [low, high > low ? high : low + 1];
}

interface Spot {
  x: number;
  y: number;
  isRight: boolean | null;
}

function spotsOf({ epochs, values, right }: Curve, domain: Domain, width: number, height: number) {
  const [first, last] = [epochs[0]!, epochs.at(-1)!];
  return values.map((value, i): Spot | null => {
    if (value === null) return null;
    const along = last > first ? (epochs[i]! - first) / (last - first) : 0.5;
    const up = (value - domain[0]) / (domain[1] - domain[0]);
    return {
      x: PAD + along * (width - 2 * PAD),
      y: height - PAD - up * (height - 2 * PAD),
      isRight: right[i] ?? null,
    };
  });
}

/** A line through what is there, broken where a sample was not seen. */
function path(spots: (Spot | null)[]): string {
  let d = "";
  for (const [i, spot] of spots.entries())
    if (spot) d += `${i && spots[i - 1] ? "L" : "M"}${spot.x.toFixed(1)} ${spot.y.toFixed(1)}`;
  return d;
}

const dot = ({ x, y, isRight }: Spot): SVGElement =>
  svg("circle", {
    cx: x.toFixed(1),
    cy: y.toFixed(1),
    r: 2.5,
    class: isRight === false ? "carto-miss" : "carto-hit",
  });

/** A curve in words: how it began, how it ended, how often it was right; or its one value. */
export function told(curve: Curve): string {
  const { name, values, right, epochs } = curve;
  const known = values.filter((value) => value !== null);
  if (!known.length) return `${name}: not seen yet`;
  const said = (value: number) => valueText({ kind: "continuous", domain: domainOf(curve) }, value);
  const [first, last, title] = [said(known[0]!), said(known.at(-1)!), name.replaceAll("_", " ")];
  const judged = right.filter((one) => one !== null);
  const share = judged.length
    ? `, right in ${judged.filter(Boolean).length} of ${judged.length}`
    : "";
  if (epochs.length === 1)
    return `${title} ${first} in 1 epoch${right[0] === null ? "" : right[0] ? ", right" : ", wrong"}`;
  return `${title} from ${first} to ${last} over ${epochs.length} epochs${share}`;
}

/** The curve of a sample; with dots where the epochs are few: filled where it was right. */
export function sparkline(curve: Curve, width: number, height: number): SVGElement {
  const spots = spotsOf(curve, domainOf(curve), width, height);
  const there = spots.filter((spot) => spot !== null);
  const hasDots = there.length * 6 < width;
  return svg(
    "svg",
    {
      class: "carto-spark",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": told(curve),
    },
    svg("path", { class: "carto-floor", d: `M0 ${height - PAD}H${width}M0 ${PAD}H${width}` }),
    svg("path", { d: path(spots) }),
    ...(hasDots ? there.map(dot) : there.slice(-1).map(dot)),
  );
}
