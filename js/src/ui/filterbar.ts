import { check } from "../query/check";
import { completion } from "../query/completion";
import { cellsOf, type Known, knownOf } from "../query/known";
import { Mistake, parsed } from "../query/parse";
import { grouped } from "../scene/numbers";
import type { Action } from "../state/actions";
import { count } from "../state/bits";
import { clearFilters, type Filter, remove, setQuery } from "../state/filters";
import type { Model, ModelStore } from "../state/model";
import type { ViewStore } from "../state/view";
import { combobox } from "./combobox";
import { button, focused, html, onChange } from "./element";
import { filterText } from "./filterwords";
import type { Entry } from "./toolbar";

const PAUSE = 300; // ms without a letter until what was written is asked
const FUNNEL = "M2.500 3.500h11L9.300 8.700v3.800l-2.600 1.300V8.700Z";

const toggled = (view: ViewStore): void => view.set({ isFilterOpen: !view.get().isFilterOpen });

export const filterEntry = (model: ModelStore, view: ViewStore): Entry => ({
  name: "filter",
  group: "sight",
  label: "Search and filter",
  key: "/",
  icon: FUNNEL,
  look: () => ({ isOn: view.get().isFilterOpen || model.get().filters.length > 0 }),
  does: () => toggled(view),
});

export const filterAction = (search: () => void): Action => ({
  keys: ["/"],
  title: "search and filter",
  group: "show",
  run: search,
});

const knownNow = ({ frame, statics }: Model): Known | null =>
  frame && knownOf(frame, cellsOf(statics));

/** What is wrong with a text, and where. */
function complaint(error: unknown, text: string): string {
  const { message } = error as Error;
  if (!(error instanceof Mistake)) return message;
  const before = text.slice(Math.max(0, error.at - 18), error.at).trimStart();
  return before ? `after "${before.trimEnd()}": ${message}` : message;
}

/** How many rows are in sight. */
export function inSight({ passing, frame }: Model): string {
  if (!passing || !frame) return "";
  return `${grouped(count(passing))} of ${grouped(frame.rows)} in sight`;
}

/** Where filters are written, shown and taken away. */
export function filterbar(model: ModelStore, view: ViewStore, signal: AbortSignal) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written = "";
  let problem = "";

  const box = combobox(
    {
      label: "Search and filter",
      placeholder: 'words to find, or confidence < 0.3 and gold = "positive"',
      complete: (text, caret) => {
        const known = knownNow(model.get());
        const columns = known?.columns ?? new Map();
        return completion(text, caret, namesOf(model.get(), known), columns);
      },
      write(text, isDone) {
        clearTimeout(timer);
        written = text;
        if (isDone) ask();
        else timer = setTimeout(() => !box.isOffering() && ask(), PAUSE);
      },
      leave: close,
    },
    signal,
  );
  const chips = html("div", { class: "carto-chips" });
  const sight = html("span", { class: "carto-sight" });
  const clear = button({ class: "carto-all" }, "clear all");
  clear.setAttribute("aria-label", "Clear all filters");
  const wrong = html("p", { class: "carto-wrong", role: "alert", hidden: "" });
  const line = html("div", { class: "carto-filters" }, box.root, chips, sight, clear);
  const root = html("div", { class: "carto-filterbar", hidden: "" }, line, wrong);
  root.setAttribute("role", "search");

  function ask(): void {
    try {
      const tree = parsed(written);
      const known = knownNow(model.get());
      if (tree && known) check(tree, known, model.get().connection === "live");
      problem = "";
      setQuery(model, written.trim(), tree);
    } catch (error) {
      problem = complaint(error, written);
      model.set({ refusal: null });
    }
  }
  function close(): void {
    view.set({ isFilterOpen: false });
  }
  function clearAll(): void {
    clearTimeout(timer);
    [written, problem, box.input.value] = ["", "", ""];
    clearFilters(model);
    if (view.get().isFilterOpen) box.input.focus();
  }
  function chip(filter: Filter): HTMLElement {
    const text = filterText(filter, model.get());
    const label = `Remove filter: ${text}`;
    const cross = button({
      "aria-label": label,
      title: label,
    });
    cross.append("×");
    cross.addEventListener("click", () => remove(model, filter), { signal });
    const made = html("span", { class: "carto-chip" }, html("bdi", {}, text), cross);
    made.toggleAttribute("data-waits", model.get().unanswered.includes(filter));
    return made;
  }
  const fill = onChange(() => {
    const { filters, unanswered, refusal } = model.get();
    const isOpen = view.get().isFilterOpen;
    box.root.hidden = !isOpen;
    const told = filters.filter(({ kind }) => kind !== "query" || !isOpen);
    chips.replaceChildren(...told.map(chip));
    chips.hidden = told.length === 0;
    box.root.toggleAttribute(
      "data-waits",
      unanswered.some(({ kind }) => kind === "query"),
    );
    const waits = unanswered.length ? "waiting for Python…" : "";
    sight.textContent = [inSight(model.get()), waits].filter(Boolean).join(" · ");
    clear.hidden = filters.length === 0;
    const said = (isOpen && problem) || refusal || "";
    wrong.textContent = said;
    wrong.hidden = !said;
    if (said) box.input.setAttribute("aria-invalid", "true");
    else box.input.removeAttribute("aria-invalid");
  });
  let wasOpen = false;
  let opener: HTMLElement | null = null;
  let known: Filter | undefined;
  /** The focus is in the box before the next key is pressed, and goes back where it was. */
  function open(): void {
    const { isFilterOpen } = view.get();
    if (isFilterOpen && !wasOpen) {
      opener = focused(root);
      root.hidden = box.root.hidden = false;
      box.input.focus({ preventScroll: true });
    } else if (wasOpen && !isFilterOpen && root.contains(focused(root))) {
      const map = root.closest(".carto");
      const back = map?.contains(opener) ? opener : map?.querySelector("canvas");
      back?.focus({ preventScroll: true });
    }
    wasOpen = isFilterOpen;
  }
  /** The box says what another view has asked, and forgets what was taken away. */
  function follow(): void {
    const query = model.get().filters.find(({ kind }) => kind === "query");
    if (query === known) return;
    known = query;
    if (focused(root) === box.input || model.get().refusal) return;
    written = box.input.value = query?.kind === "query" ? query.text : "";
  }
  view.subscribe(open, signal);
  clear.addEventListener("click", clearAll, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  const isHeld = held(signal);
  return {
    root,
    /** The box is open, and has the focus. */
    search(): void {
      if (view.get().isFilterOpen) box.input.select();
      else view.set({ isFilterOpen: true });
    },
    update(): void {
      const { filters, passing, unanswered, refusal, frame } = model.get();
      const { isFilterOpen } = view.get();
      const isShown = isFilterOpen || filters.length > 0;
      if (root.hidden === isShown && !isHeld()) root.hidden = !isShown;
      const names = [frame?.x.name, frame?.y.name, frame?.color.name, frame?.rows];
      fill([isFilterOpen, filters, passing, unanswered, refusal, problem, ...names]);
      follow();
    },
  };
}

/** The columns that can be asked: those here, and those that Python has offered. */
const namesOf = ({ columns }: Model, known: Known | null): string[] => [
  ...new Set([...(known?.columns.keys() ?? []), ...columns.choices.map(({ name }) => name)]),
];

/** Is a pointer down somewhere? What is under it should not move then. */
function held(signal: AbortSignal): () => boolean {
  let isDown = false;
  const down = () => {
    isDown = true;
  };
  const up = () => {
    isDown = false;
  };
  window.addEventListener("pointerdown", down, { signal, capture: true });
  for (const end of ["pointerup", "pointercancel", "blur"])
    window.addEventListener(end, up, { signal, capture: true });
  return () => isDown;
}
