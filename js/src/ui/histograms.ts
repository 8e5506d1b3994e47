import { type Bars, eased, heightOf } from "../scene/bars";
import { type Binning, type Bins, binsOf, type Side, type Tallies } from "../scene/histograms";
import { type Layout, PAD } from "../scene/layout";
import { valueText } from "../scene/numbers";
import { type Scale, scaleX, scaleY } from "../scene/scales";
import type { Action } from "../state/actions";
import { rangeOf, setRange } from "../state/filters";
import type { ModelStore } from "../state/model";
import type { Domain, Frame, Position } from "../state/types";
import type { ViewStore } from "../state/view";
import { brush } from "./brush";
import { html, OWN_KEYS, svg } from "./element";
import type { Entry } from "./toolbar";

/** Says what was counted last, and has it counted anew where that has changed. */
export type Count = (
  frame: Frame,
  binning: Binning,
) => { binning: Binning; tallies: Tallies } | null;

export const ACROSS = 40; // px, the height of the one above the plot
export const BESIDE = 44; // px, the width of the one beside it
const EASE = 90; // ms in which two thirds of the way are gone
const DRAWER = 320; // px of cards and lists beside the plot
const WIDTH = 640; // px: a narrower map has no room for them
const HEIGHT = 340;

/** The histograms of the axes are there where there is room, unless they were switched off. */
export const hasHistograms = (view: ViewStore): boolean => {
  const { room, histograms, frame, browser, pinned } = view.get();
  const width = room.width - (browser || pinned !== null ? DRAWER : 0);
  return histograms.isShown && frame !== null && width >= WIDTH && room.height >= HEIGHT;
};

/** One histogram as it is drawn, brought on by every moment. */
export function easing(still: MediaQueryList) {
  let bars: Bars | null = null;
  let then = 0;
  return (bins: Bins, tally: Tallies[Side], visible: Domain, now: number) => {
    const share = still.matches ? 1 : 1 - Math.exp(-Math.max(0, now - then) / EASE);
    then = now;
    const next = eased(bars, bins, tally, visible, bars ? share : 1);
    bars = next.bars;
    return next;
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

/** The histogram of one axis. */
function marginal(side: "x" | "y", model: ModelStore, still: MediaQueryList, signal: AbortSignal) {
  const isUp = side === "y";
  const [all, chosen] = ["carto-bars", "carto-share"].map((name) => svg("path", { class: name }));
  const sheet = svg("svg", { "aria-hidden": "true" }, all!, chosen!);
  const handles = brush(signal);
  const root = html("div", { class: "carto-marginal", "data-side": side, role: "group" });
  root.append(sheet, handles.root);
  const ease = easing(still);
  const tall = isUp ? BESIDE : ACROSS;
  const bar: Look["bar"] = isUp
    ? (a, b, tall) => `M0,${px(a)}H${px(tall)}V${px(b)}H0Z`
    : (a, b, tall) => `M${px(a)},${ACROSS}V${px(ACROSS - tall)}H${px(b)}V${ACROSS}Z`;

  function draw(path: SVGElement, d: string): void {
    if (path.getAttribute("d") !== d) path.setAttribute("d", d);
  }
  function follow(column: Position, scale: Scale, bins: Bins): void {
    const { domain, name, title } = column;
    const { step, from } = bins;
    const kind = column.kind === "date" ? "date" : "continuous"; // an edge lies between whole numbers
    const half = column.kind === "count" ? 0.5 : 0; // a whole number's bar reaches beyond it
    const most: Domain = [domain[0] - half, domain[1] + half];
    const range = rangeOf(model.get().filters, name);
    handles.update({
      title,
      isUp,
      domain: most,
      step,
      range: range && [range.from, range.to],
      toPixel: scale.toPixel,
      toEdge: (px) => from + Math.round((scale.toValue(px) - from) / step) * step,
      text: (value) => valueText({ domain, kind }, value),
      set: (next) => (next ? setRange(model, name, ...next) : setRange(model, name, null)),
    });
  }
  return {
    root,
    /** @returns whether everything is where it belongs */
    update(
      column: Position,
      scale: Scale,
      [from, to]: Domain,
      isLog: boolean,
      bins: Bins,
      tally: Tallies[Side],
      now: number,
    ): boolean {
      const label = `histogram of ${column.title}`;
      if (root.getAttribute("aria-label") !== label) root.setAttribute("aria-label", label);
      const { bars, isThere } = ease(bins, tally, scale.visible, now);
      const look = { scale, from, to, tall, isLog, bar };
      draw(all!, outline(bars, bars.all, look));
      draw(chosen!, outline(bars, bars.chosen, look));
      follow(column, scale, bins);
      return isThere;
    },
  };
}

/** How the rows are spread over the axes and the colours. */
export function histograms(
  model: ModelStore,
  view: ViewStore,
  count: Count,
  redraw: () => void,
  signal: AbortSignal,
) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [x, y] = [marginal("x", model, still, signal), marginal("y", model, still, signal)];
  const unit = html("button", { type: "button", class: "carto-unit", ...OWN_KEYS });
  const parts = [x.root, y.root, unit];
  unit.addEventListener("click", () => toggleLog(view), { signal });
  for (const name of ["pointerdown", "mousedown", "dblclick"])
    unit.addEventListener(name, (event) => event.stopPropagation(), { signal });

  function name(isLog: boolean): void {
    const [text, other] = isLog ? ["log", "counts"] : ["count", "logarithms of counts"];
    if (unit.textContent === text) return;
    unit.textContent = text!;
    unit.title = `Show ${other}`;
    unit.ariaLabel = `Histograms show ${isLog ? "logarithms of counts" : "counts"}`;
  }
  return {
    parts,
    update(layout: Layout, now: number): void {
      const { frame, camera, histograms } = view.get();
      const isShown = hasHistograms(view);
      for (const part of parts) part.hidden = !isShown;
      if (!frame || !isShown) return;
      const { plot } = layout;
      const [sx, sy] = [scaleX(frame.x, camera, plot), scaleY(frame.y, camera, plot)];
      const binning = {
        x: binsOf(frame.x, sx.visible),
        y: binsOf(frame.y, sy.visible),
        color: binsOf(frame.color, frame.color.domain),
      };
      const counted = count(frame, binning);
      name(histograms.isLog);
      if (!counted) return;
      const across: Domain = [plot.x - PAD, plot.x + plot.width + PAD];
      const along: Domain = [plot.y - PAD, plot.y + plot.height + PAD];
      const { binning: bins, tallies } = counted;
      const { isLog } = histograms;
      const areThere = [
        x.update(frame.x, sx, across, isLog, bins.x, tallies.x, now),
        y.update(frame.y, sy, along, isLog, bins.y, tallies.y, now),
      ];
      if (!areThere.every(Boolean)) redraw();
    },
  };
}

const toggleLog = (view: ViewStore): void => {
  const { histograms } = view.get();
  view.set({ histograms: { ...histograms, isLog: !histograms.isLog } });
};
const toggle = (view: ViewStore): void => {
  const { histograms } = view.get();
  view.set({ histograms: { ...histograms, isShown: !histograms.isShown } });
};
export const spreadAction = (view: ViewStore): Action => ({
  keys: ["h"],
  title: "histograms",
  group: "show",
  run: () => toggle(view),
});
export const spreadEntry = (view: ViewStore): Entry => ({
  name: "histograms",
  isRare: true,
  group: "view",
  label: "Histograms",
  key: "H",
  look: () => ({ isOn: view.get().histograms.isShown, isHidden: view.get().room.width < WIDTH }),
  does: () => toggle(view),
});
