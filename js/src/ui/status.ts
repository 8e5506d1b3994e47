import { grouped } from "../scene/numbers";
import { count, isMet } from "../state/bits";
import type { Model } from "../state/model";
import { trafficText } from "../state/traffic";
import { type Frame, MISSING } from "../state/types";
import { become, button, html, onChange } from "./element";

export const UNCONNECTED = "not connected: show it again";
export const GONE = "kernel gone: run its cell again";
const HINT = "drag round samples to select them";
const LATER = "Python will see this when the cell ends";

/** What the map is doing, in words. */
export function headline({ connection, status, error, complaint }: Model): string {
  const wrong = error ?? complaint;
  if (wrong) return wrong;
  if (connection === "disconnected") return UNCONNECTED;
  if (connection === "gone") return GONE;
  if (connection === "saved") return status?.text ? `saved map: ${status.text}` : "saved map";
  return status?.text ?? "connecting";
}

/** Is there no point to be seen? */
export const isBlank = ({ x, y, unseen, rows }: Frame): boolean =>
  Math.max(x.n_missing, y.n_missing, unseen) >= rows;

/** How many rows that were seen lack a place on one axis, or on the other. */
function placeless({ rows, x, y, unseen }: Frame): number {
  let n = Math.max(x.n_missing, y.n_missing);
  if (Math.min(x.n_missing, y.n_missing) > unseen) {
    n = 0;
    for (let row = 0; row < rows; row++)
      if (Math.max(x.codes[row]!, y.codes[row]!) === MISSING) n++;
  }
  return Math.max(0, n - unseen);
}

/** What is not to be seen on the map, counted. */
export function counts(frame: Frame | null, { status, passing }: Model): string[] {
  if (!frame || (frame.rows === 0 && status?.word === "waiting")) return [];
  const out = passing ? Math.max(0, frame.rows - count(passing)) : 0;
  const facts: [number, string][] = [
    [frame.unseen, "not seen yet"],
    [placeless(frame), "without a value"],
    [out, "filtered out"],
    [status?.nonfinite ?? 0, "not finite"],
  ];
  const some = facts.filter(([n]) => n > 0).map(([n, what]) => `${grouped(n)} ${what}`);
  const rows = frame.rows === 1 ? "sample" : "samples";
  return [`${grouped(frame.rows)} ${rows}`, ...some];
}

function said(frame: Frame | null, model: Model, aside: string): string {
  const { badge = "", notes = [] } = model.status ?? {};
  return [...counts(frame, model), badge, ...notes, model.lack, aside].filter(Boolean).join(" · ");
}

/** How many are selected, and whether Python knows. */
export function chosen({ selection, passing, kernelIsBusy, connection }: Model): string {
  const isOut = passing !== null && !isMet(selection.bits, passing);
  const some = `${grouped(selection.count)} selected${isOut ? ", none in sight" : ""}`;
  const isLater = kernelIsBusy && connection === "live";
  return [...(selection.count ? [some] : []), ...(isLater ? [LATER] : [])].join(" · ");
}

/** The line under the map. */
export function status(clear: () => void, signal: AbortSignal) {
  const head = html("span", { class: "carto-headline", dir: "auto" });
  const facts = html("span", { class: "carto-facts", dir: "auto" });
  const choice = html("span", { class: "carto-chosen" });
  const cross = button(
    {
      class: "carto-clear",
      title: "Clear the selection (Esc)",
      "aria-label": "Clear the selection",
    },
    "×",
  );
  const root = html(
    "div",
    { class: "carto-status", role: "group", "aria-label": "Status" },
    head,
    facts,
    choice,
    cross,
  );
  cross.addEventListener("click", clear, { signal });
  const tell = () => {
    if (model) head.title = `${headline(model)}\n${trafficText(model.traffic, performance.now())}`;
  };
  head.addEventListener("pointerenter", tell, { signal });
  let [frame, model]: [Frame | null, Model | null] = [null, null];
  let aside = "";
  const write = onChange(() => {
    if (!model) return;
    become(head, { textContent: headline(model) });
    const all = said(frame, model, aside);
    become(facts, { textContent: all, title: all });
    const text = model.notice ?? chosen(model);
    choice.toggleAttribute("data-hint", !text);
    const next = text || (frame && !isBlank(frame) && !model.isBlind ? HINT : "");
    become(choice, { textContent: next });
    become(cross, { hidden: model.selection.count === 0 });
  });
  return {
    root,
    update(shown: Frame | null, next: Model) {
      [frame, model] = [shown, next];
      const { connection, error, complaint, notice, lack, status: run, selection, passing } = next;
      const now = [connection, error, complaint, notice, lack, run, selection, passing];
      write([shown, ...now, next.kernelIsBusy, next.isBlind, aside]);
    },
    /** Something more stands beside what the map is doing. */
    put: (one: Element) => head.after(one),
    /** One more fact, of this view alone. */
    note(text: string) {
      aside = text;
    },
  };
}
