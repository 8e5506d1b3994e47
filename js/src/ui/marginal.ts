import { type Bars, eased, heightOf } from "../scene/bars";
import type { Bins, Tally } from "../scene/histograms";
import { valueText } from "../scene/numbers";
import type { Scale } from "../scene/scales";
import { rangeOf, setRange } from "../state/filters";
import type { ModelStore } from "../state/model";
import type { ColumnHeader, Domain, Position } from "../state/types";
import { brush, type Track } from "./brush";
import { attribute, become, html, onChange, svg } from "./element";

export const ACROSS = 40; // px, the height of the one above the plot
export const BESIDE = 44; // px, the width of the one beside it
const EASE = 90; // ms in which two thirds of the way are gone

/** What a histogram needs to be drawn at one moment. */
export interface Moment {
  bins: Bins;
  tally: Tally;
  isLog: boolean;
  now: number;
  /** Where the axis is cut into regions, and by which rule. */
  cuts?: { value: number; text: string }[];
}

/** One histogram as it is drawn, brought on by every moment; the same bars where nothing moves. */
export function easing(still: MediaQueryList) {
  let last: ReturnType<typeof eased> | null = null;
  let of: readonly unknown[] = [];
  let then = 0;
  return ({ bins, tally, now }: Moment, visible: Domain) => {
    const share = still.matches ? 1 : 1 - Math.exp(-Math.max(0, now - then) / EASE);
    then = now;
    const key = [bins, tally, ...visible];
    if (last?.isThere && key.every((one, i) => one === of[i])) return last;
    of = key;
    last = eased(last?.bars ?? null, bins, tally, visible, last ? share : 1);
    return last;
  };
}

/** The outline of bars: each from one pixel to another, and so tall. */
function outline(bars: Bars, counts: Float64Array, look: Look): string {
  const { bins, top } = bars;
  const parts: string[] = [];
  const edge = (i: number) =>
    Math.max(look.from, Math.min(look.to, look.scale.toPixel(bins.from + i * bins.step)));
  for (let i = 0; i < bins.n; i++) {
    if (!counts[i]) continue;
    const [a, b] = [edge(i), edge(i + 1)];
    const gap = Math.abs(b - a) > 4 ? Math.sign(b - a) * 0.5 : 0;
    if (Math.abs(b - a) < 0.1) continue;
    const tall = Math.max(0.6, heightOf(counts[i]!, top, look.isLog) * look.tall);
    parts.push(look.bar(a + gap, b - gap, tall));
  }
  return parts.join("");
}

interface Look {
  scale: Scale;
  from: number;
  to: number;
  tall: number;
  isLog: boolean;
  bar(a: number, b: number, tall: number): string;
}

const px = (value: number): string => value.toFixed(2);

/** How far the bar of a whole number or a step reaches beyond it. */
function reach({ kind, domain, steps }: ColumnHeader): number {
  if (kind === "steps") return (domain[1] - domain[0]) / Math.max(1, (steps ?? 11) - 1) / 2;
  return kind === "count" ? 0.5 : 0;
}

/** The range of a column that is shown, as it is brushed: from one edge of a bin to another. */
export function track(
  model: ModelStore,
  column: ColumnHeader,
  { from, step }: Bins,
  { toPixel, toValue }: Pick<Scale, "toPixel" | "toValue">,
): Omit<Track, "isUp"> {
  const { domain, name, title } = column;
  const kind = column.kind === "date" ? "date" : "continuous"; // an edge lies between whole numbers
  const half = reach(column);
  return {
    title,
    domain: [domain[0] - half, domain[1] + half],
    step,
    range: () => {
      const range = rangeOf(model.get().filters, name);
      return range && [range.from, range.to];
    },
    toPixel,
    toEdge: (px) => from + Math.round((toValue(px) - from) / step) * step,
    text: (value) => valueText({ domain, kind }, Math.min(domain[1], Math.max(domain[0], value))),
    set: (next) => (next ? setRange(model, name, ...next) : setRange(model, name, null)),
  };
}

/** The histogram of one axis. */
export function marginal(
  side: "x" | "y",
  model: ModelStore,
  still: MediaQueryList,
  signal: AbortSignal,
) {
  const isUp = side === "y";
  const [all, chosen, lines] = ["carto-bars", "carto-share", "carto-cuts"].map((name) =>
    svg("path", { class: name }),
  );
  const sheet = svg("svg", { class: "carto-sheet", "aria-hidden": "true" }, all!, chosen!, lines!);
  const handles = brush(signal);
  const root = html("div", { class: "carto-marginal", "data-side": side, role: "group" });
  root.append(sheet, handles.root);
  const ease = easing(still);
  const tall = isUp ? BESIDE : ACROSS;
  const bar: Look["bar"] = isUp
    ? (a, b, tall) => `M0,${px(a)}H${px(tall)}V${px(b)}H0Z`
    : (a, b, tall) => `M${px(a)},${ACROSS}V${px(ACROSS - tall)}H${px(b)}V${ACROSS}Z`;

  let [bars, look, cuts]: [Bars | null, Look | null, Moment["cuts"]] = [null, null, []];
  const draw = onChange(() => {
    if (!bars || !look) return;
    const { scale, from, to } = look;
    const at = (cuts ?? []).map(({ value }) => scale.toPixel(value));
    const line = (a: number) => (isUp ? `M0,${px(a)}H${tall}` : `M${px(a)},0V${tall}`);
    attribute(all!, "d", outline(bars, bars.all, look));
    attribute(chosen!, "d", outline(bars, bars.chosen, look));
    attribute(
      lines!,
      "d",
      at
        .filter((a) => a >= from && a <= to)
        .map(line)
        .join(""),
    );
    become(root, { title: (cuts ?? []).map(({ text }) => text).join("\n") });
  });
  return {
    root,
    /** @returns whether everything is where it belongs */
    update(column: Position, scale: Scale, [from, to]: Domain, moment: Moment): boolean {
      attribute(root, "aria-label", `histogram of ${column.title}`);
      const next = ease(moment, scale.visible);
      [bars, cuts] = [next.bars, moment.cuts];
      look = { scale, from, to, tall, isLog: moment.isLog, bar };
      draw([bars, cuts, moment.isLog, ...scale.visible, from, to]);
      handles.update({ ...track(model, column, moment.bins, scale), isUp });
      return next.isThere;
    },
  };
}
