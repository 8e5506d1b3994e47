import { isNarrow, type Layout } from "../scene/layout";
import { has } from "../state/bits";
import { canChoose } from "../state/columns";
import type { Model, ModelStore } from "../state/model";
import { notice } from "../state/notice";
import { hasPast } from "../state/timeline";
import type { Frame } from "../state/types";
import type { ViewStore } from "../state/view";
import { announcer } from "./announcer";
import { axes, type Shown } from "./axes";
import { axisTitles } from "./axistitles";
import { become, focused, html, OWN_KEYS, watchSize } from "./element";
import type { Feature, Site } from "./feature";
import { filterbar } from "./filterbar";
import { gliding } from "./gliding";
import { type Counting, hasHistograms, histograms } from "./histograms";
import { legend } from "./legend";
import { legendMarks } from "./legendmarks";
import { isBlank, status } from "./status";
import { type Entry, toolbar } from "./toolbar";
import { tooltip } from "./tooltip";

export interface Commands {
  clear(): void;
  counting: Counting;
  /** There is more to draw. */
  redraw(): void;
}

const NOTES = {
  gpu: "",
  software: "drawn without WebGL2",
  null: "this browser offers nothing to draw on: open the notebook in another one",
};
const HIDDEN = "The map is hidden while you review blind";
const BORDERS = 52; // px beside the plot; a drawer beside it makes no map narrow

/** A canvas for the points; a view makes another one where the browser has taken the first away. */
export const canvas = (): HTMLCanvasElement =>
  html("canvas", {
    tabindex: 0,
    role: "application",
    "aria-roledescription": "data map",
    ...OWN_KEYS,
  });

/** Everything of a view but its points. */
export function page(
  model: ModelStore,
  view: ViewStore,
  commands: Commands,
  entries: readonly Entry[],
  signal: AbortSignal,
) {
  const [key, tools, lines] = [
    legend(model, signal),
    toolbar((why) => notice(model, why), signal),
    axes(),
  ];
  const titles = axisTitles((axis) => tools.show("view", axis), signal);
  const [card, foot] = [tooltip(signal), status(commands.clear, signal)];
  const spread = histograms(model, view, key.root, commands.counting, commands.redraw, signal);
  const hidden = html("p", { class: "carto-note" }, HIDDEN);
  const over = [lines.front, ...titles.roots, card.root, ...spread.parts, hidden];
  const surface = html("div", { class: "carto-surface" }, lines.back, ...over);
  const stage = html("div", { class: "carto-stage" }, surface);
  const signs = legendMarks(signal);
  const keys = html("div", { class: "carto-legends" }, key.root, signs.root);
  const head = html("div", { class: "carto-head" }, keys, tools.root);
  const filters = filterbar(model, view, signal);
  const middle = html("div", { class: "carto-middle" }, stage);
  const said = announcer(model, view, signal);
  const root = html("div", { class: "carto" }, head, filters.root, middle, foot.root, said.root);
  const features: Feature[] = [];
  const sites: Record<Site, (one: Element) => void> = {
    above: (one) => middle.before(one),
    over: (one) => lines.front.before(one),
    beside: (one) => middle.append(one),
    below: (one) => foot.root.before(one),
    status: foot.put,
  };
  tools.add(entries);
  const cover = () => root.toggleAttribute("data-blind", model.get().isBlind);
  model.subscribe(cover, signal);
  cover();
  let [left, toolsWidth] = [0, 0];
  const sized = ({ contentRect }: ResizeObserverEntry) => {
    toolsWidth = contentRect.width;
    commands.redraw(); // the legends have another room
  };
  watchSize(tools.root, sized, signal);

  function makeRoom(px: number): void {
    left = px;
    stage.style.setProperty("--carto-left", `${px}px`);
  }
  function draw(layout: Layout, now: number): void {
    const { frame, camera, size, outline, gesture, hover, pointed, pinned } = view.get();
    if (!frame) return;
    const spot = (row: number | null) => (row === null ? null : gliding(view, row, layout, now));
    const at = spot(hover);
    const empty = blank(frame, model.get());
    const rings = {
      hover: at ?? spot(pointed ?? elsewhere(model.get(), frame)),
      pinned: spot(pinned),
    };
    const drawn = {
      outline,
      isOpen: gesture === "path",
      brush: brush(view),
      ...rings,
      said: empty,
    };
    const needed = lines.update({ frame, camera, layout, ...size, ...drawn });
    if (needed > left || needed < left - 12) makeRoom(Math.ceil(needed));
    titles.update(frame, !tools.has("view") || !canChoose(model));
    const { detail } = features.find((one) => one.detail) ?? {};
    card.update(frame, model.get().statics, hover, at, size, detail);
    spread.update(layout, now);
  }
  return {
    root,
    stage,
    surface,
    /** Does what the toolbar's entry of this name does. */
    show: tools.show,
    search: filters.search,
    /** Has one more of what there is beside points, axes and status. */
    join(feature: Feature): void {
      features.push(feature);
      for (const [site, one] of Object.entries(feature.at ?? {})) sites[site as Site](one);
      tools.add(feature.entries ?? []);
      said.add(feature.topics ?? []);
    },
    update(layout: Layout, now: number) {
      const { frame, theme, room } = view.get();
      const at = focused(root);
      const narrow = isNarrow({ ...room, width: room.width - BORDERS });
      marks(root, model, view, narrow);
      tools.update(room.width - BORDERS);
      const wide = room.width - toolsWidth;
      key.update(frame?.color ?? model.get().frame?.color ?? null, theme, wide);
      signs.update(frame, wide);
      filters.update();
      foot.update(frame, model.get());
      draw(layout, now);
      for (const feature of features) feature.update?.(layout, now);
      if (at !== root && root.contains(at)) keepFocus(root, at!);
    },
    /** Puts a canvas between the two sheets, in the place of the one before. */
    place(made: HTMLCanvasElement): HTMLCanvasElement {
      surface.querySelector("canvas")?.remove();
      lines.back.after(made);
      return made;
    },
    /** Says in the status line what draws the points, where that is not the GPU. */
    note: (drawnBy: "gpu" | "software" | null) => foot.note(NOTES[`${drawnBy}`]),
  };
}

/** What had the focus may have gone: it goes to the map, not to the page. */
function keepFocus(root: HTMLElement, at: HTMLElement): void {
  const isGone = !at.isConnected || at.closest("[hidden]") !== null;
  const now = focused(root);
  if (isGone && (now === at || !root.contains(now)))
    root.querySelector("canvas")?.focus({ preventScroll: true });
}

/** The row in sight that is pointed at in another map. */
function elsewhere({ elsewhere: row, passing }: Model, { rows }: Frame): number | null {
  return row !== null && row < rows && (!passing || has(passing, row)) ? row : null;
}

/** The brush as it is drawn. */
function brush(view: ViewStore): Shown["brush"] {
  const { tool, gesture, pointer, brush } = view.get();
  const isOn = (gesture ?? tool) === "brush" && pointer !== null;
  return isOn ? { at: pointer, radius: brush, isDown: gesture === "brush" } : null;
}

/** Sets data attributes, those alone that are others now. */
export function mark(element: HTMLElement, marks: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(marks))
    become(element.dataset, { [name]: String(value) });
}

/** What a test, or a style, may want to know of a view. */
function marks(root: HTMLElement, model: ModelStore, view: ViewStore, narrow: boolean): void {
  const { frame, frames, theme, browser, pinned } = view.get();
  const { connection, error, complaint, status: run, selection, height } = model.get();
  become(root.style, { height: `${height}px` });
  root.toggleAttribute("data-past", hasPast(model.get()));
  root.toggleAttribute("data-histograms", hasHistograms(view));
  mark(root, {
    theme,
    frames,
    frame: frame?.frame ?? "",
    epoch: frame?.epoch ?? "",
    selected: selection.count,
    run: run?.word ?? "",
    room: narrow ? "narrow" : "wide",
    browser: browser ?? "",
    pinned: pinned ?? "",
    state: (error ?? complaint) ? "error" : connection === "gone" ? "disconnected" : connection,
  });
}

/** What is said where there is no point to be seen. */
function blank(frame: Frame, { status }: Model): string {
  if (!isBlank(frame)) return "";
  if (frame.rows === 0) return status?.word === "waiting" ? status.text : "no samples";
  if (frame.unseen >= frame.rows) return status?.text ?? "";
  return `no sample has both ${frame.x.title} and ${frame.y.title}`;
}
