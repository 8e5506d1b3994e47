import type { Model, ModelStore } from "../state/model";
import type { View, ViewStore } from "../state/view";
import { focused, html, onChange } from "./element";
import { preview } from "./facts";
import { inSight } from "./filterbar";
import { spoken } from "./spoken";
import { chosen, headline } from "./status";

const REST = 100; // ms in which what belongs together is gathered
const PAUSE = 1000; // ms from one message to the next; what was walked to is said at once

/** What is told when it stands otherwise than before, and in which words. */
export interface Topic {
  now(model: Model, view: View): readonly unknown[];
  words(model: Model, view: View): string;
  /** What has the focus says it itself. */
  isSaidBy?(focus: HTMLElement | null): boolean;
}

const walked: Topic = {
  now: (_, { walked }) => [walked],
  words: ({ statics }, { walked: row, frame, theme }) =>
    row !== null && frame
      ? spoken(
          { row, frame, statics, theme, card: undefined, sought: [] },
          preview(statics)?.read(row) ?? "",
        )
      : "",
};
const TOPICS: readonly Topic[] = [
  walked,
  {
    now: ({ steps, selection, kernelIsBusy }) => [steps.past, selection.count, kernelIsBusy],
    words: (model) => chosen(model) || "nothing is selected",
  },
  {
    now: ({ filters, unanswered }) => [filters, unanswered.length > 0],
    words: (model) => inSight(model) || "everything is in sight",
  },
  {
    now: (_, { frame }) => [frame?.x.title, frame?.y.title, frame?.color.title],
    words: (_, { frame }) =>
      frame ? `${frame.x.title} across, ${frame.y.title} up, colour ${frame.color.title}` : "",
  },
  {
    now: ({ connection, status }) => [connection, status?.word],
    words: (model) => headline({ ...model, error: null, complaint: null }),
  },
  { now: ({ notice }) => [notice], words: ({ notice }) => notice ?? "" },
];

/** Says what has changed to those who cannot see it. Frames that come are no change. */
export function announcer(model: ModelStore, view: ViewStore, signal: AbortSignal) {
  const calm = html("div", { "aria-live": "polite", "aria-atomic": "true" });
  const alarm = html("div", { role: "alert" });
  const root = html("div", { class: "carto-said" }, calm, alarm);
  const waiting = new Set<Topic>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let isReady = false;

  function say(): void {
    timer = undefined;
    last = performance.now();
    const focus = focused(root);
    const told = topics.filter((topic) => waiting.has(topic) && !topic.isSaidBy?.(focus));
    waiting.clear();
    const words = told.map((topic) => topic.words(model.get(), view.get())).filter(Boolean);
    if (words.length) calm.replaceChildren(words.join(". "));
  }
  function wait(topic: Topic): void {
    if (!isReady) return;
    waiting.add(topic);
    const isNow = topic === walked;
    if (isNow) clearTimeout(timer);
    if (isNow || timer === undefined)
      timer = setTimeout(say, isNow ? 0 : Math.max(REST, last + PAUSE - performance.now()));
  }
  const topics: Topic[] = [];
  const looks: (() => void)[] = [];
  const warn = onChange(() => {
    const { error, complaint } = model.get();
    alarm.replaceChildren(error ?? complaint ?? "");
  });
  function look(): void {
    const [now, here] = [model.get(), view.get()];
    for (const each of looks) each();
    warn([now.error, now.complaint]);
    isReady ||= here.frame !== null;
  }
  /** From now on it is told when these change. */
  function add(some: readonly Topic[]): void {
    isReady = false;
    topics.push(...some);
    for (const topic of some) {
      const changed = onChange(() => wait(topic));
      looks.push(() => changed(topic.now(model.get(), view.get())));
    }
    look();
  }
  add(TOPICS);
  model.subscribe(look, signal);
  view.subscribe(look, signal);
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { root, add };
}
