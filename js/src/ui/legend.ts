import { endText } from "../scene/numbers";
import { colorOf, css, lastCode } from "../scene/palette";
import type { Color, Theme } from "../state/types";
import { html, onChange } from "./element";

const MOST = 12; // categories named; the rest are counted

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
  const [low, high] = column.domain.map((end) => endText(column.domain, end)) as [string, string];
  const colors = swatches(column, codes, theme);
  colors.dataset.kind = column.kind;
  return [html("span", {}, low), colors, html("span", {}, high)];
}

function names(column: Header, theme: Theme): HTMLElement[] {
  const categories = column.categories ?? [];
  const shown = categories
    .slice(0, MOST)
    .map((name, code) =>
      html("span", { class: "carto-name", dir: "auto" }, swatches(column, [code], theme), name),
    );
  const left = categories.length - shown.length;
  return left > 0 ? [...shown, html("span", {}, `and ${left} more`)] : shown;
}

/** What the colours mean. */
export function legend() {
  const root = html("div", { class: "carto-legend" });
  let [column, theme]: [Header | null, Theme] = [null, "light"];
  const update = onChange(() => {
    if (!column) return root.replaceChildren();
    const title = html("span", { class: "carto-legend-title", dir: "auto" }, column.title);
    const body = column.kind === "category" ? names(column, theme) : ramp(column, theme);
    root.replaceChildren(title, ...body);
  });
  return {
    root,
    update(next: Header | null, nextTheme: Theme) {
      [column, theme] = [next, nextTheme];
      const { name, title, kind, domain, steps, categories } = next ?? {};
      update([theme, name, title, kind, domain?.[0], domain?.[1], steps, categories?.join("\n")]);
    },
  };
}
