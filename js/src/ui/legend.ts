import { endText } from "../scene/numbers";
import { colorOf, css, lastCode } from "../scene/palette";
import { hiddenOf, setHidden } from "../state/filters";
import type { ModelStore } from "../state/model";
import type { Literal } from "../state/query";
import type { Color, Theme } from "../state/types";
import { become, button, html, onChange } from "./element";
import { folding } from "./folding";

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
  const stack = html("span", { class: "carto-stack" }, colors);
  const ends = [html("span", {}, low), stack, html("span", {}, high)];
  return [html("span", { class: "carto-scale" }, ...ends)];
}

/** The classes by name. */
const names = (column: Header, theme: Theme): HTMLButtonElement[] =>
  (column.categories ?? []).map((name, code) =>
    button(
      { class: "carto-name", "data-code": code, "aria-label": name, "aria-pressed": "true" },
      swatches(column, [code], theme),
      html("bdi", {}, name),
    ),
  );

/** One that is pressed is shown. */
function press(made: HTMLButtonElement, isShown: boolean): void {
  const title = `${isShown ? "Hide" : "Show"} ${made.ariaLabel} (double click or Alt: this one alone)`;
  become(made, { ariaPressed: String(isShown), title });
}

/** The classes hidden after a click on one of them. */
function hiddenAfter(
  all: readonly string[],
  hidden: readonly Literal[],
  name: string,
  isAlone: boolean,
): readonly Literal[] {
  if (!isAlone) return hidden.includes(name) ? hidden.filter((h) => h !== name) : [...hidden, name];
  const others = all.filter((other) => other !== name);
  const isAloneNow = !hidden.includes(name) && others.every((other) => hidden.includes(other));
  return isAloneNow ? [] : others;
}

/** The class whose button has the focus, which it keeps when the buttons are made anew. */
const focusedCode = (root: HTMLElement): string | undefined =>
  root.querySelector<HTMLElement>("[data-code]:focus")?.dataset.code;

/** What the colours mean. */
export function legend(model: ModelStore, signal: AbortSignal) {
  const root = html("div", { class: "carto-legend" });
  let hidden: readonly Literal[] = [];
  let [column, theme]: [Header | null, Theme] = [null, "light"];
  let classes: HTMLButtonElement[] = [];
  const { fold } = folding("More classes", signal);
  const update = onChange(() => {
    if (!column) return root.replaceChildren();
    const about = { class: "carto-legend-title", dir: "auto", title: column.title };
    const title = column.title ? [html("span", about, column.title)] : [];
    const at = focusedCode(root);
    classes = column.kind === "category" ? names(column, theme) : [];
    if (column.kind === "category") fold(root, title, classes);
    else root.replaceChildren(...title, ...ramp(column, theme));
    if (at) root.querySelector<HTMLElement>(`[data-code="${at}"]`)?.focus();
  });
  const mark = onChange(() => {
    for (const one of classes) press(one, !hidden.includes(one.ariaLabel!));
  });
  function choose(event: MouseEvent): void {
    const code = (event.target as Element).closest<HTMLElement>("[data-code]")?.dataset.code;
    const all = column?.categories;
    if (code === undefined || !all || !column) return;
    const isAlone = event.altKey || event.type === "dblclick";
    const next = hiddenAfter(all, hidden, all[Number(code)]!, isAlone);
    const isOtherHidden = column.other && next.includes(all.at(-1)!);
    const left = all.filter((name) => !next.includes(name));
    setHidden(model, column.name, next, isOtherHidden ? left : undefined);
  }
  root.addEventListener("click", choose, { signal });
  root.addEventListener("dblclick", choose, { signal });
  return {
    root,
    /** In so many px of width. */
    update(next: Header | null, nextTheme: Theme, width: number) {
      [column, theme] = [next, nextTheme];
      hidden = hiddenOf(model.get().filters, next?.name ?? "");
      const { name, title, kind, domain, steps, categories, colors } = next ?? {};
      update([
        theme,
        width,
        name,
        title,
        kind,
        domain?.[0],
        domain?.[1],
        steps,
        categories?.join("\n"),
        colors?.join(),
      ]);
      mark([classes, hidden]);
    },
  };
}
