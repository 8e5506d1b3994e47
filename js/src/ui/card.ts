import type { Card } from "../state/cards";
import type { Model } from "../state/model";
import type { Frame } from "../state/types";
import { html, OWN_KEYS, onChange } from "./element";
import { facts, numbers, preview, type Statics } from "./facts";
import { marked, sought } from "./marked";
import { figure, facts as listOf, loans } from "./parts";
import { sparkline, told } from "./sparkline";

const FACTS = 40; // lines of a card of which Python has not said more
const ORDER = ["image", "audio", "text", "tokens", "error", "row"];

/** The gold label, and what the model takes the sample for. */
function labels({ gold, prediction, curve }: Card): HTMLElement[] {
  const pair = (name: string, value: string | null, state = ""): HTMLElement =>
    html(
      "div",
      { "data-state": state },
      html("dt", {}, name),
      html("dd", { dir: "auto" }, value ?? "–"),
    );
  if (gold === null && prediction === null) return [];
  const last = curve?.right.filter((one) => one !== null).at(-1);
  const isRight = last ?? (prediction === null ? null : prediction === gold);
  const state = isRight === null ? "" : isRight ? "right" : "wrong";
  const taken = prediction === null ? [] : [pair("prediction", prediction, state)];
  return [html("dl", { class: "carto-labels" }, pair("gold label", gold), ...taken)];
}

function curveOf({ curve }: Card): HTMLElement[] {
  if (!curve?.values.some((value) => value !== null)) return [];
  const { epochs } = curve;
  const ends = html(
    "div",
    { class: "carto-ends" },
    html("span", {}, `epoch ${epochs[0]}`),
    ...(epochs.length > 1 ? [html("span", {}, `${epochs.at(-1)}`)] : []),
  );
  const words = told(curve);
  return [
    html(
      "section",
      {},
      html("h4", {}, curve.name.replaceAll("_", " ")),
      sparkline(curve, 280, 64),
      ends,
      html("p", { class: "carto-aside" }, words.slice(curve.name.length + 1)),
    ),
  ];
}

function whole(
  card: Card,
  frame: Frame,
  held: ReturnType<typeof loans>,
  looked: readonly string[],
) {
  const parts = [...card.parts].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const seen = parts.filter(({ kind }) => kind === "image" || kind === "audio");
  const rest = parts.filter((part) => !seen.includes(part));
  const isOnly = rest.filter(({ kind }) => kind !== "row").length === 1;
  return [
    ...seen.map((part) => figure(part, held, looked)),
    ...labels(card),
    ...rest
      .filter(({ kind }) => kind !== "row")
      .map((part) =>
        figure(isOnly && part.kind === "text" ? { ...part, column: "" } : part, held, looked),
      ),
    ...curveOf(card),
    html("section", {}, listOf(numbers(frame, card.row))),
    ...rest.filter(({ kind }) => kind === "row").map((part) => figure(part, held, looked)),
  ];
}

/** Why there is no more to see yet. */
function waits({ connection, kernelIsBusy }: Model): string {
  if (connection !== "live") return "what the saved map holds; a running kernel shows more";
  return kernelIsBusy ? "Python is busy; the rest comes when its cell ends" : "";
}

/** What the page knows of a row before Python has said more. */
function first(
  frame: Frame,
  statics: Statics,
  row: number,
  looked: readonly string[],
  why: string,
) {
  const text = preview(statics)?.read(row);
  return [
    ...(text
      ? [
          html(
            "figure",
            {},
            html("p", { class: "carto-text", dir: "auto" }, ...marked(text, looked)),
          ),
        ]
      : []),
    html("section", {}, listOf(facts(frame, statics, row, FACTS).told)),
    ...(why ? [html("p", { class: "carto-aside" }, why)] : []),
  ];
}

/** The pinned card's inside. */
export function card() {
  const root = html("div", {
    class: "carto-card",
    role: "region",
    "aria-label": "Card",
    tabindex: 0, // scrolls by keys
    ...OWN_KEYS,
  });
  const held = loans();
  let [model, frame, row, known]: [Model | null, Frame | null, number, Card | undefined] = [
    null,
    null,
    0,
    undefined,
  ];
  const fill = onChange(() => {
    held.end();
    if (!model || !frame || row < 0) return root.replaceChildren();
    const looked = sought(model.filters);
    const inside = known
      ? whole(known, frame, held, looked)
      : first(frame, model.statics, row, looked, waits(model));
    root.replaceChildren(...inside);
  });
  return {
    root,
    update(next: Model, shown: Frame | null, pinned: number | null, card: Card | undefined): void {
      [model, frame, row, known] = [next, shown, pinned ?? -1, card];
      const { statics, filters, kernelIsBusy, connection } = next;
      const at = frame && pinned !== null ? numbers(frame, pinned).flat() : [];
      fill([row, card, statics, filters, kernelIsBusy, connection, ...at]);
    },
    end: held.end,
  };
}
