import { type Bars, heightOf } from "../scene/bars";
import { colorOf, css, lastCode } from "../scene/palette";
import { randomId } from "../state/id";
import type { ModelStore } from "../state/model";
import type { Color, Theme } from "../state/types";
import { brush } from "./brush";
import { attribute, html, onChange, svg, watchSize } from "./element";
import { easing, type Moment, track } from "./marginal";

const COUNTED = 51; // bars of a ramp without steps

/** The histogram of the colours, on the legend's ramp or as bars before its names. */
export function colorBars(
  model: ModelStore,
  legend: HTMLElement,
  still: MediaQueryList,
  redraw: () => void,
  signal: AbortSignal,
) {
  const id = `carto-${randomId()}`;
  const colors = svg("linearGradient", { id, gradientUnits: "userSpaceOnUse" });
  const [all, chosen] = ["carto-bars", "carto-chosen-bars"].map((name) =>
    svg("path", { class: name, style: `fill:url(#${id})` }),
  );
  const box = { "aria-hidden": "true", preserveAspectRatio: "none" };
  const sheet = svg("svg", { class: "carto-sheet", ...box }, colors, all!, chosen!);
  const handles = brush(signal);
  const root = html("div", { class: "carto-marginal", "data-side": "color", role: "group" });
  root.append(sheet, handles.root);
  const ease = easing(still);
  let [column, theme, n]: [Color | null, Theme, number] = [null, "light", 0];
  let [bars, isLog]: [Bars | null, boolean] = [null, false];
  let width = 0;
  const sized = ({ contentRect }: ResizeObserverEntry) => {
    width = contentRect.width;
    redraw();
  };
  watchSize(root, sized, signal);

  const make = onChange(() => {
    if (!column) return;
    const last = lastCode(column);
    const stops = Array.from({ length: n }, (_, i) => {
      const code = Math.round((n === COUNTED ? (i + 0.5) / n : i / Math.max(1, n - 1)) * last);
      const color = css(colorOf(column!, code, theme));
      return [i / n, (i + 1) / n].map((offset) => svg("stop", { offset, "stop-color": color }));
    });
    colors.setAttribute("x2", String(n));
    colors.replaceChildren(...stops.flat());
    sheet.setAttribute("viewBox", `0 0 ${n} 1`);
    root.setAttribute("aria-label", `histogram of ${column.title}`);
  });

  /** Bars a unit wide and at the most one tall. */
  const outline = (counts: Float64Array): string =>
    [...counts]
      .map((count, i) => {
        const height = Math.max(0.06, heightOf(count, bars!.top, isLog)).toFixed(3);
        return count ? `M${i + 0.04},1v-${height}h.92V1Z` : "";
      })
      .join("");
  const draw = onChange(() => {
    if (!bars) return;
    sheet.toggleAttribute("data-chosen", bars.chosen.some(Boolean));
    attribute(all!, "d", outline(bars.all));
    attribute(chosen!, "d", outline(bars.chosen));
  });
  const named = () => legend.querySelectorAll<HTMLElement>(".carto-name");
  /** Each name's share of the tallest, for the style sheet to draw. */
  const drawBeside = onChange(() => {
    const tall = (count = 0) => heightOf(count, bars!.top, isLog).toFixed(3);
    for (const { style, dataset } of named()) {
      style.setProperty("--carto-all", tall(bars!.all[Number(dataset.code)]));
      style.setProperty("--carto-share", tall(bars!.chosen[Number(dataset.code)]));
    }
  });
  /** The ramp is made anew where the colours have changed. */
  function stand(): void {
    const ramp = legend.querySelector(".carto-stack");
    if (ramp && root.parentElement !== ramp) ramp.append(root);
  }
  return {
    /** @returns whether everything is where it belongs */
    update(now: Color, shade: Theme, moment: Moment): boolean {
      [column, theme, n] = [now, shade, moment.bins.n];
      const { isThere, ...next } = ease(moment, now.domain);
      [bars, isLog] = [next.bars, moment.isLog];
      if (now.kind === "category") {
        drawBeside([bars, isLog, named().length, named()[0]]);
        return isThere;
      }
      make([n, now.name, now.kind, shade, now.domain.join()]);
      draw([bars, isLog]);
      stand();
      const { from, step } = moment.bins;
      const unit = width / (n * step);
      const toPixel = (value: number) => (value - from) * unit;
      const toValue = (px: number) => from + px / unit;
      handles.update({ ...track(model, now, moment.bins, { toPixel, toValue }), isUp: false });
      return isThere;
    },
  };
}
