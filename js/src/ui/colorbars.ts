import { heightOf } from "../scene/bars";
import { colorOf, css, lastCode } from "../scene/palette";
import type { ModelStore } from "../state/model";
import type { Color, Theme } from "../state/types";
import { brush } from "./brush";
import { html, onChange, svg } from "./element";
import { easing, type Moment, track } from "./marginal";

const COUNTED = 51; // bars of a ramp without steps

/** The histogram of the colours, on the legend's ramp or as bars before its names. */
export function colorBars(
  model: ModelStore,
  legend: HTMLElement,
  still: MediaQueryList,
  signal: AbortSignal,
) {
  const sheet = svg("svg", {
    class: "carto-sheet",
    "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  const handles = brush(signal);
  const root = html("div", { class: "carto-marginal", "data-side": "color", role: "group" });
  root.append(sheet, handles.root);
  const ease = easing(still);
  let [column, theme, n]: [Color | null, Theme, number] = [null, "light", 0];
  let bars: [all: SVGElement, chosen: SVGElement][] = [];

  const make = onChange(() => {
    if (!column) return;
    const last = lastCode(column);
    bars = Array.from({ length: n }, (_, i) => {
      const code = Math.round((n === COUNTED ? (i + 0.5) / n : i / Math.max(1, n - 1)) * last);
      const fill = css(colorOf(column!, code, theme));
      const bar = (rest: object) =>
        svg("rect", { x: i + 0.04, width: 0.92, style: `fill:${fill}`, ...rest });
      return [bar({ class: "carto-bars" }), bar({})];
    });
    sheet.setAttribute("viewBox", `0 0 ${n} 1`);
    sheet.replaceChildren(...bars.flat());
    root.setAttribute("aria-label", `histogram of ${column.title}`);
  });

  function draw(all: Float64Array, chosen: Float64Array, top: number, isLog: boolean): void {
    sheet.toggleAttribute("data-chosen", chosen.some(Boolean));
    for (const [i, pair] of bars.entries())
      for (const [k, count] of [all[i]!, chosen[i]!].entries()) {
        const height = count ? Math.max(0.06, heightOf(count, top, isLog)) : 0;
        pair[k]!.setAttribute("y", (1 - height).toFixed(3));
        pair[k]!.setAttribute("height", height.toFixed(3));
      }
  }
  /** Each name's share of the tallest, for the style sheet to draw. */
  function beside(all: Float64Array, chosen: Float64Array, top: number, isLog: boolean): void {
    const swatches = legend.querySelectorAll<HTMLElement>(".carto-name .carto-ramp i");
    for (const [i, swatch] of swatches.entries()) {
      swatch.style.setProperty("--carto-all", heightOf(all[i] ?? 0, top, isLog).toFixed(3));
      swatch.style.setProperty("--carto-share", heightOf(chosen[i] ?? 0, top, isLog).toFixed(3));
    }
  }
  /** The ramp is made anew where the colours have changed. */
  function stand(): number {
    const ramp = legend.querySelector<HTMLElement>(".carto-stack");
    if (ramp && root.parentElement !== ramp) ramp.append(root);
    return ramp?.offsetWidth ?? 0;
  }
  return {
    /** @returns whether everything is where it belongs */
    update(now: Color, shade: Theme, moment: Moment): boolean {
      [column, theme, n] = [now, shade, moment.bins.n];
      const { bars, isThere } = ease(moment, now.domain);
      const drawn = [bars.all, bars.chosen, bars.top, moment.isLog] as const;
      if (now.kind === "category") {
        beside(...drawn);
        return isThere;
      }
      make([n, now.name, now.kind, shade, now.domain.join()]);
      draw(...drawn);
      const { from, step } = moment.bins;
      const unit = stand() / (n * step);
      const toPixel = (value: number) => (value - from) * unit;
      const toValue = (px: number) => from + px / unit;
      handles.update({ ...track(model, now, moment.bins, { toPixel, toValue }), isUp: false });
      return isThere;
    },
  };
}
