import { clamped, grouped } from "../scene/numbers";
import type { Card, Part, PartOf } from "../state/cards";
import { html, OWN_KEYS, svg } from "./element";
import { marked } from "./marked";

/** Addresses of bytes that are on the screen; given back together. */
export interface Loans {
  url(of: Blob): string;
  end(): void;
}

export function loans(): Loans {
  const lent: string[] = [];
  return {
    url(of) {
      const url = URL.createObjectURL(of);
      lent.push(url);
      return url;
    },
    end() {
      for (const url of lent.splice(0)) URL.revokeObjectURL(url);
    },
  };
}

const TINY = 64; // px of an image whose pixels are to be seen

/** The image itself; pixels of a tiny one stay square. */
export function image({ body, size, column }: PartOf<"image">, { url }: Loans): HTMLElement {
  const made = html("img", {
    src: url(body),
    alt: column,
    decoding: "async",
    draggable: "false",
    ...(Math.max(...size) <= TINY ? { "data-tiny": "" } : {}),
  });
  return made;
}

/** How loud a sound is, stretch by stretch. */
export const wave = ({ peaks }: PartOf<"audio">): SVGElement =>
  svg(
    "svg",
    {
      class: "carto-wave",
      viewBox: "0 0 192 40",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    svg("path", {
      d: peaks
        .map((peak, i) => {
          const [x, half] = [i * 3 + 1.5, 1 + 0.18 * peak];
          return `M${x} ${20 - half}V${20 + half}`;
        })
        .join(""),
    }),
  );

function audio(part: PartOf<"audio">, { url }: Loans): HTMLElement {
  const { body, column, heard, seconds } = part;
  const label = column || "sound";
  const player = html("audio", {
    src: url(body),
    controls: "",
    preload: "metadata",
    "aria-label": label,
    ...OWN_KEYS,
  });
  const cut = heard ? [note(`the first ${heard} of ${grouped(Math.round(seconds))} s`)] : [];
  return html("div", { class: "carto-sound" }, wave(part), player, ...cut);
}

/** Tokens over a strip as warm as their weights. */
function tokens({ tokens: words, weights, of }: PartOf<"tokens">): HTMLElement {
  const known = weights.filter((weight): weight is number => weight !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
  const heat = (weight: number) => (100 * (weight - low)) / (high - low || 1);
  const spans = words.map((word, i) => {
    const weight = weights[i] ?? null;
    const style = weight === null ? "" : `--carto-heat: ${heat(weight).toFixed(0)}%`;
    return html("span", { style, ...(weight === null ? {} : { title: String(weight) }) }, word);
  });
  const cut = of ? [note(`the first ${words.length} of ${grouped(of)} tokens`)] : [];
  return html("div", { class: "carto-tokens", dir: "auto" }, ...spans, ...cut);
}

function text({ text: whole, of }: PartOf<"text">, sought: readonly string[]): HTMLElement {
  const cut = of ? [note(`the first ${grouped(whole.length)} of ${grouped(of)} letters`)] : [];
  return html(
    "div",
    {},
    html("p", { class: "carto-text", dir: "auto" }, ...marked(whole, sought)),
    ...cut,
  );
}

const note = (words: string): HTMLElement =>
  html("p", { class: "carto-aside", dir: "auto" }, words);

export type Fact = readonly [name: string, value: string | null];

export const facts = (list: readonly Fact[]): HTMLElement =>
  html(
    "dl",
    {},
    ...list.flatMap(([name, value]) => [
      html("dt", { dir: "auto" }, name),
      html("dd", { dir: "auto" }, value ?? "–"),
    ]),
  );

function shown(part: Part, held: Loans, sought: readonly string[]): HTMLElement {
  if (part.kind === "text") return text(part, sought);
  if (part.kind === "image") return image(part, held);
  if (part.kind === "audio") return audio(part, held);
  if (part.kind === "tokens") return tokens(part);
  if (part.kind === "row") return facts(part.facts);
  return html("p", { class: "carto-fault", dir: "auto" }, part.text);
}

function caption(part: Part): HTMLElement[] {
  const said: string[] = part.column ? [part.column] : [];
  if (part.kind === "image") said.push(part.size.join(" × "), part.note ?? "");
  const words = said.filter(Boolean).join(" · ");
  return words && part.kind !== "row" ? [html("figcaption", { dir: "auto" }, words)] : [];
}

/** A part with its column's name. */
export const figure = (part: Part, held: Loans, sought: readonly string[]): HTMLElement =>
  html("figure", { "data-kind": part.kind }, shown(part, held, sought), ...caption(part));

/** What a small picture of the card shows, where it has one. */
export function face({ parts }: Card, held: Loans): Element | null {
  const seen = parts.find(({ kind }) => kind === "image") as PartOf<"image"> | undefined;
  if (seen) return image(seen, held);
  const heard = parts.find(({ kind }) => kind === "audio") as PartOf<"audio"> | undefined;
  return heard ? wave(heard) : null;
}

/** What a card says in a few words, where there is no text to preview. */
export function summary({ parts }: Card): string {
  for (const part of parts) {
    if (part.kind === "text") return part.text.slice(0, 300);
    if (part.kind === "tokens") return part.tokens.slice(0, 60).join(" ");
    if (part.kind === "error") return part.text;
  }
  const row = parts.find(({ kind }) => kind === "row") as PartOf<"row"> | undefined;
  return clamped(
    row?.facts.map(([name, value]) => `${name} ${value ?? "–"}`).join(" · ") ?? "",
    300,
  );
}
