import { type Binning, binsOf, SIDES, type Side, type Tallies } from "../scene/histograms";
import { type Layout, PAD } from "../scene/layout";
import { scaleX, scaleY } from "../scene/scales";
import type { Action } from "../state/actions";
import type { ModelStore } from "../state/model";
import { shownFrame } from "../state/timeline";
import type { Domain, Frame } from "../state/types";
import { isFree, type ViewStore } from "../state/view";
import { colorBars } from "./colorbars";
import { become, button } from "./element";
import { type Moment, marginal } from "./marginal";
import type { Entry } from "./toolbar";

/** Says what was counted last, and has it counted anew where that has changed. */
export type Count = (
  frame: Frame,
  binning: Binning,
) => {
  of: Frame;
  binning: Binning;
  tallies: Tallies;
  cuts: Record<"x" | "y", { value: number; text: string }[]>;
} | null;

/** Makes it; `changed` is called when more has been counted. */
export type Counting = (changed: () => void) => Count;

const DRAWER = 320; // px of cards and lists beside the plot
const WIDTH = 640; // px: a narrower map has no room for them
const HEIGHT = 340;

/** The histograms of the axes are there where there is room, unless they were switched off. */
export const hasHistograms = (view: ViewStore): boolean => {
  const { room, histograms, frame, browser, pinned } = view.get();
  const width = room.width - (browser || pinned !== null ? DRAWER : 0);
  return histograms.isShown && frame !== null && width >= WIDTH && room.height >= HEIGHT;
};

const isOf = (before: Frame, now: Frame): boolean =>
  SIDES.every((side) => before[side].name === now[side].name);

/** How the rows are spread over the axes and the colours. */
export function histograms(
  model: ModelStore,
  view: ViewStore,
  legend: HTMLElement,
  counting: Counting,
  redraw: () => void,
  signal: AbortSignal,
) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [x, y] = [marginal("x", model, still, signal), marginal("y", model, still, signal)];
  const colors = colorBars(model, legend, still, redraw, signal);
  const unit = button({ class: "carto-unit" });
  const parts = [x.root, y.root, unit];
  unit.addEventListener("click", () => toggleLog(view), { signal });
  for (const name of ["pointerdown", "mousedown", "dblclick"])
    unit.addEventListener(name, (event) => event.stopPropagation(), { signal });

  function name(isLog: boolean): void {
    const [text, other] = isLog ? ["log", "counts"] : ["count", "logarithms of counts"];
    if (unit.textContent === text) return;
    unit.textContent = text!;
    unit.title = `Show ${other}`;
    unit.ariaLabel = `${text}: what the histograms show`;
  }
  let at: Layout | null = null;
  let [seen, coming]: [Frame | null, Frame | null] = [null, null];
  let shown: ReturnType<Count> = null;
  const count = counting(() => coming || redraw());

  function countedOf(of: Frame, { plot }: Layout): typeof shown {
    const { camera } = view.get();
    return count(of, {
      x: binsOf(of.x, scaleX(of.x, camera, plot).visible),
      y: binsOf(of.y, scaleY(of.y, camera, plot).visible),
      color: binsOf(of.color, of.color.domain),
    });
  }
  /** Counts while the points are on their way, so that the bars come with them; one frame ahead. */
  function ahead(): void {
    const next = shownFrame(model.get());
    if (!at || !seen || !next || next === seen || coming || document.hidden) return;
    if (!hasHistograms(view) || !isFree(view, performance.now()) || !isOf(next, seen)) return;
    coming = next;
    countedOf(next, at);
  }
  model.subscribe(ahead, signal);
  return {
    parts,
    update(layout: Layout, now: number): void {
      const { frame, camera, histograms, theme } = view.get();
      const isShown = hasHistograms(view);
      for (const part of parts) become(part, { hidden: !isShown });
      if (!frame || !isShown) return;
      const isNext = frame === seen && frame !== shownFrame(model.get()) && isFree(view, now);
      if (!isNext) coming = null; // it came, or is held back
      [at, seen] = [layout, frame];
      if (!coming) shown = countedOf(frame, layout);
      const counted = shown;
      name(histograms.isLog);
      if (!counted || !isOf(counted.of, frame)) return;
      const { plot } = layout;
      const [sx, sy] = [scaleX(frame.x, camera, plot), scaleY(frame.y, camera, plot)];
      const across: Domain = [plot.x - PAD, plot.x + plot.width + PAD];
      const along: Domain = [plot.y - PAD, plot.y + plot.height + PAD];
      const moment = (side: Side): Moment => ({
        bins: counted.binning[side],
        tally: counted.tallies[side],
        isLog: histograms.isLog,
        now,
      });
      const areThere = [
        x.update(frame.x, sx, across, { ...moment("x"), cuts: counted.cuts.x }),
        y.update(frame.y, sy, along, { ...moment("y"), cuts: counted.cuts.y }),
        colors.update(frame.color, theme, moment("color")),
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
  off: () => (view.get().room.width < WIDTH ? "histograms: no room in a narrow map" : undefined),
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
