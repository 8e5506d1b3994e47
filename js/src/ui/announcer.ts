import type { Model, ModelStore } from "../state/model";
import { shownFrame } from "../state/timeline";
import type { View, ViewStore } from "../state/view";
import { focused, html, onChange } from "./element";
import { spoken } from "./entry";
import { inSight } from "./filterbar";
import { chosen, headline } from "./status";

const REST = 100; // ms in which what belongs together is gathered
const PAUSE = 1000; // ms from one message to the next; what was walked to is said at once

/** What is told when it stands otherwise than before, and in which words. */
interface Topic {
  now(model: Model, view: View): readonly unknown[];
  words(model: Model, view: View): string;
}

const walked: Topic = {
  now: (_, { walked }) => [walked],
  words: ({ statics }, { walked: row, frame, theme }) =>
    row !== null && frame
      ? spoken({ row, frame, statics, theme, card: undefined, sought: [] })
      : "",
};
const epoch: Topic = {
  now: ({ time }) => [time.epoch],
  words: (model) =>
    model.time.epoch === null
      ? `the newest epoch, ${shownFrame(model)?.epoch ?? ""}`
      : `epoch ${model.time.epoch}`,
};
const TOPICS: readonly Topic[] = [
  walked,
  epoch,
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
    now: ({ columns }) => [columns.wanted !== null],
    words: ({ columns }) => (columns.wanted ? "waiting for Python" : ""),
  },
  {
    now: ({ connection, status }) => [connection, status?.word],
    words: (model) => headline({ ...model, error: null, complaint: null }),
  },
  { now: ({ notice }) => [notice], words: ({ notice }) => notice ?? "" },
  {
    now: (_, { pinned }) => [pinned],
    words: ({ statics }, { pinned }) =>
      pinned === null ? "" : `card of ${statics.get("guid")?.read(pinned) ?? `row ${pinned}`}`,
  },
];

/** Says what has changed to those who cannot see it. Frames that come are no change. */
export function announcer(model: ModelStore, view: ViewStore, signal: AbortSignal): HTMLElement {
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
    if (focused(root)?.role === "slider") waiting.delete(epoch); // it says so itself
    const told = TOPICS.filter((topic) => waiting.has(topic));
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
  const looks = TOPICS.map((topic) => ({ topic, look: onChange(() => wait(topic)) }));
  const warn = onChange(() => {
    const { error, complaint } = model.get();
    alarm.replaceChildren(error ?? complaint ?? "");
  });
  function look(): void {
    const [now, here] = [model.get(), view.get()];
    for (const { topic, look } of looks) look(topic.now(now, here));
    warn([now.error, now.complaint]);
    isReady ||= here.frame !== null;
  }
  look();
  model.subscribe(look, signal);
  view.subscribe(look, signal);
  signal.addEventListener("abort", () => clearTimeout(timer));
  return root;
}
