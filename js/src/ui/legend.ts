import { endText } from "../scene/numbers";
import { colorOf, css, lastCode } from "../scene/palette";
import type { Color, Theme } from "../state/types";
import { html, onChange } from "./element";

type Header = Omit<Color, "codes">;

function swatches(column: Header, codes: readonly number[], theme: Theme): HTMLElement {
  const cells = codes.map((code) =>
    html("i", { style: `background:${css(colorOf(column, code, theme))}` }),
  );
  return html("span", { class: "carto-ramp" }, ...cells);
}

function ramp(column: Header, theme: Theme): HTMLElement[] {
  const last = lastCode(column);
  const cells = column.kind === "steps" ? last + 1 : 48;
  const codes = Array.from({ length: cells }, (_, i) => Math.round((i / (cells - 1)) * last));
  const [low, high] = column.domain.map((end) => endText(column, end)) as [string, string];
  const colors = swatches(column, codes, theme);
  colors.dataset.kind = column.kind;
  const ends = [html("span", {}, low), colors, html("span", {}, high)];
  return [html("span", { class: "carto-scale" }, ...ends)];
}

function names(column: Header, theme: Theme, most: number): HTMLElement[] {
  const categories = column.categories ?? [];
  const shown = categories
    .slice(0, most)
    .map((name, code) =>
      html("span", { class: "carto-name" }, swatches(column, [code], theme), html("bdi", {}, name)),
    );
  const left = categories.length - shown.length;
  return left > 0 ? [...shown, html("span", {}, `and ${left} more`)] : shown;
}

/** What the colours mean. */
export function legend() {
  const root = html("div", { class: "carto-legend" });
  let [column, theme, most]: [Header | null, Theme, number] = [null, "light", 12];
  const update = onChange(() => {
    if (!column) return root.replaceChildren();
    const title = html("span", { class: "carto-legend-title", dir: "auto" }, column.title);
    const body = column.kind === "category" ? names(column, theme, most) : ramp(column, theme);
    root.replaceChildren(...(column.title ? [title] : []), ...body);
  });
  return {
    root,
    update(next: Header | null, nextTheme: Theme, isNarrow: boolean) {
      [column, theme, most] = [next, nextTheme, isNarrow ? 5 : 12];
      const { name, title, kind, domain, steps, categories } = next ?? {};
      update([
        theme,
        most,
        name,
        title,
        kind,
        domain?.[0],
        domain?.[1],
        steps,
        categories?.join("\n"),
      ]);
    },
  };
}
