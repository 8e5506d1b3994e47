import { colorOf, css } from "../scene/palette";
import type { Browser } from "../state/cards";
import { NO_COLOR } from "../state/types";
import { html, onChange } from "./element";
import { numbers, preview } from "./facts";
import { marked } from "./marked";
import { face, type Loans, loans, summary } from "./parts";
import { named, type Seen, spoken } from "./spoken";

const LONGEST = 300; // letters
const UNSAID = { "aria-hidden": "true" }; // it is said in words

/** The words of a row: its text, else what its card says; at once what the page knows already. */
function words({ row, statics, card }: Seen, hasFace: boolean): string {
  const column = preview(statics);
  const isFace = hasFace && card?.parts.some((part) => part.column === column?.name);
  const text = isFace ? null : column?.read(row);
  return (text || (card && summary(card)) || "").slice(0, LONGEST);
}

/** What it was taken for, where that is not its gold label. */
const wrong = (taken: string): HTMLElement[] =>
  taken
    ? [html("b", { title: `taken for ${taken}`, "aria-label": `taken for ${taken}` }, "✗")]
    : [];

const dot = ({ frame, row, theme }: Seen): HTMLElement => {
  const code = frame.color.codes[row] ?? NO_COLOR;
  return html("i", { style: `background:${css(colorOf(frame.color, code, theme))}` });
};

function listed(seen: Seen, held: Loans, role: string): HTMLElement[] {
  const picture = seen.card ? face(seen.card, held) : null;
  const { guid, gold, taken } = named(seen);
  const line = words(seen, picture !== null);
  return [
    html("div", { class: "carto-face" }, ...(picture ? [picture] : [])),
    html("div", { class: "carto-line", role, dir: "auto" }, ...marked(line, seen.sought)),
    html(
      "div",
      { class: "carto-meta", role },
      dot(seen),
      html("bdi", { class: "carto-guid" }, guid),
      ...(gold ? [html("bdi", {}, gold)] : []),
      ...wrong(taken),
    ),
    ...numbers(seen.frame, seen.row).map(([, value]) =>
      html("div", { class: "carto-cell", role }, value),
    ),
  ];
}

function tiled(seen: Seen, held: Loans): HTMLElement[] {
  const picture = seen.card ? face(seen.card, held) : null;
  const { guid, gold, taken } = named(seen);
  const line = marked(words(seen, false), seen.sought);
  const text = html("div", { class: "carto-line", dir: "auto" }, ...line);
  return [
    html("div", { class: "carto-face", ...UNSAID }, picture ?? text),
    html(
      "div",
      { class: "carto-meta", ...UNSAID },
      dot(seen),
      html("bdi", {}, gold || guid),
      ...wrong(taken),
    ),
    html("span", { class: "carto-said" }, spoken(seen, words(seen, false))),
  ];
}

/** One entry of a list or a gallery. */
export function entry(kind: Browser, id: string, index: number, of: number) {
  const held = loans();
  const place: Record<string, string | number> =
    kind === "list"
      ? { role: "row", "aria-rowindex": index + 2 }
      : { role: "option", "aria-posinset": index + 1, "aria-setsize": of };
  const root = html("div", { class: `carto-entry carto-in-${kind}`, id, ...place });
  let seen: Seen | null = null;
  let hasFace = false;
  const fill = onChange(() => {
    if (!seen) return;
    held.end();
    root.replaceChildren(...(kind === "list" ? listed(seen, held, "gridcell") : tiled(seen, held)));
    hasFace = root.querySelector(".carto-face > :is(img, svg)") !== null;
    root.dataset.row = String(seen.row);
    root.toggleAttribute("data-waits", !seen.card);
  });
  return {
    root,
    hasFace: () => hasFace,
    update(next: Seen): void {
      seen = next;
      const { row, frame, statics, theme, card, sought } = next;
      const { x, y, color } = frame;
      const codes = [x.codes[row], y.codes[row], color.codes[row]];
      const looks = [x.name, y.name, color.name, x.domain, y.domain, color.domain];
      fill([row, statics, theme, card, sought.join("\n"), ...codes, ...looks]);
    },
    end: held.end,
  };
}
export type Entry = ReturnType<typeof entry>;
