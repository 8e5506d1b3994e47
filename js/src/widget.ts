import type { AnyModel, AnyWidget } from "@anywidget/types";
import { drawing } from "./draw/drawing";
import { eachFrame } from "./draw/once";
import { contexts } from "./gl/contexts";
import { surface } from "./gl/surface";
import { hover } from "./interactions/hover";
import { byKey, keys, moves, tools } from "./interactions/keys";
import { type Hand, pointer } from "./interactions/pointer";
import { selecting } from "./interactions/selecting";
import { halting, walking } from "./interactions/walking";
import { wheel } from "./interactions/wheel";
import { counting } from "./jobs/counting";
import { desk } from "./jobs/desk";
import { rows as allRows } from "./jobs/rows";
import { worker } from "./jobs/started";
import { isWorker, serve } from "./jobs/worker";
import { filtering } from "./query/filtering";
import type { Layout } from "./scene/layout";
import { glidingLayout } from "./scene/picture";
import { type MapHere, second } from "./second";
import type { Action } from "./state/actions";
import { linking, pointing } from "./state/links";
import { failed, type ModelStore, modelStore } from "./state/model";
import { notice } from "./state/notice";
import { shared } from "./state/shared";
import { shownFrame } from "./state/timeline";
import { HOME, type Size } from "./state/types";
import { NOTHING_SEEN, progress, type ViewStore, viewStore } from "./state/view";
import { watchSize } from "./ui/element";
import type { Feature } from "./ui/feature";
import { filterAction, filterEntry } from "./ui/filterbar";
import { spreadAction, spreadEntry } from "./ui/histograms";
import { keyHelp } from "./ui/keyhelp";
import { linkedAction, linkedEntry } from "./ui/linked";
import { canvas, mark, page } from "./ui/page";
import { hideStill } from "./ui/still";
import { dress, watchTheme } from "./ui/theme";
import { opening, toolEntries, wholeMap } from "./ui/toolbar";
import { undoEntries } from "./ui/undo";
import { connect } from "./wire/connection";
import { found } from "./wire/found";
import type { Traits } from "./wire/messages";

interface Shared extends MapHere {
  /** The second part joins a view now, or when it comes. */
  watch: ReturnType<typeof second>["watch"];
}

function open(notebook: AnyModel<Traits>, signal: AbortSignal): Shared {
  const model = modelStore(notebook.get("height"));
  const source = notebook.get("_esm");
  const rows = allRows(
    model,
    shared("worker", () => desk(() => worker(source))),
    signal,
  );
  const { part, watch } = second(model, () => map);
  const kernel = connect(notebook, model, part, signal);
  const links = linking(model, kernel.select, () => !document.hidden, signal);
  filtering(model, shownFrame, rows.passing, found(kernel.ask), signal);
  const map = { notebook, model, kernel, rows, links, signal, watch };
  return map;
}

const layoutNow = (view: ViewStore, now: number): Layout => {
  const { size, frame, glide } = view.get();
  return glidingLayout(size, glide.from, frame, progress(glide, now));
};

/** Tells those who cannot see it what the canvas shows, and tests where. */
function describe(target: HTMLCanvasElement, root: HTMLElement, view: ViewStore, at: Layout): void {
  const { frame, tool, isSpaceHeld, gesture } = view.get();
  if (!frame) return;
  const { x, y, color, rows } = frame;
  const label = `${rows} samples: ${x.title} across, ${y.title} up, colour ${color.title}`;
  if (target.ariaLabel !== label) target.ariaLabel = label;
  const { plot } = at;
  const box = [plot.x, plot.y, plot.width, plot.height].map((px) => px.toFixed(2)).join(" ");
  mark(root, { plot: box, tool: gesture ?? (isSpaceHeld ? "pan" : tool) });
  mark(target, { plot: box });
}

/** The canvas and what its user can do on it. */
function interactive(
  view: ViewStore,
  ground: HTMLElement,
  hand: Hand,
  life: AbortSignal,
): HTMLCanvasElement {
  const made = canvas();
  pointer(made, ground, view, hand, life);
  wheel(made, ground, view, hand.plot, life);
  halting(made, view, life);
  return made;
}

const inside = ({ contentRect: { width, height } }: ResizeObserverEntry): Size => ({
  width,
  height,
});

/** Calls `left` when all rows have come in the place of a saved sample, which are other rows. */
function leaving(model: ModelStore, left: () => void, signal: AbortSignal): void {
  let { isSample } = model.get();
  model.subscribe(() => {
    const was = isSample;
    ({ isSample } = model.get());
    if (was && !isSample) left();
  }, signal);
}

/** One view of the map in `el`, until the signal ends it. */
function mount(map: Shared, el: HTMLElement, signal: AbortSignal): void {
  const { model, kernel, rows, links } = map;
  const features: Feature[] = [];
  kernel.watch(signal);
  links.watch(signal);
  const view = viewStore(model.get().camera);
  const layout = () => layoutNow(view, performance.now());
  const { enclose, brush, click, pick, clear, undo, redo, actions } = selecting(
    model,
    view,
    rows,
    layout,
    kernel.select,
  );
  const reset = () => view.set({ camera: HOME });
  const entries = [
    ...toolEntries(view),
    ...undoEntries(model, undo, redo),
    wholeMap(reset),
    filterEntry(model, view),
    spreadEntry(view),
    keyHelp(() => [...doable, ...features.flatMap(({ listed = [] }) => listed)], signal),
    linkedEntry(links),
  ];
  const redraw = () => request();
  const commands = {
    clear,
    redraw,
    counting: (changed: () => void) => counting(model, rows, changed, signal),
  };
  const sheet = page(model, view, commands, entries, signal);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const request = eachFrame(advance, draw, signal);
  const { point, look } = hover(model, view, layout, rows.nearest);
  const press: Hand["click"] = async (at, how) => {
    if (how !== "replace") return click(at, how);
    await features.find((one) => one.click)?.click?.(at);
  };
  const plot = () => layout().plot;
  const ring: Hand["enclose"] = async (outline, how) => {
    if (view.get().gesture !== "path") return enclose(outline, how);
    await features.find((one) => one.along)?.along?.(outline, how);
  };
  const hand = { plot, enclose: ring, brush, click: press, reset, point };
  /** What lies on top goes first. */
  function close(): void {
    if (features.some((one) => one.close?.())) return;
    if (view.get().isFilterOpen) view.set({ isFilterOpen: false });
    else clear();
  }
  const walk = walking(model, view, rows.next, layout, pick);
  const doable: Action[] = [
    ...moves(view, reset),
    ...tools(view),
    ...actions,
    { keys: ["Escape"], title: "close; then select nothing", group: "select", run: close },
    ...walk.actions,
    filterAction(sheet.search),
    spreadAction(view),
    opening("?", "keys", () => sheet.show("keys")),
    linkedAction(links),
  ];
  let known = byKey(doable);
  keys(
    sheet.root,
    view,
    () => known,
    (why) => notice(model, why),
    signal,
  );
  function add(feature: Feature): void {
    doable.push(...(feature.actions ?? []));
    known = byKey(doable);
    features.push(feature);
    sheet.join(feature);
    request();
  }

  function advance(now: number): void {
    gpu.advance(now, still.matches);
  }
  function draw(now: number): void {
    if (gpu.paint(layoutNow(view, now), now)) update(now);
    else mark(sheet.root, { drawn: "before" });
    if (gpu.isWorking(now)) request();
  }
  const settled = () => mark(sheet.root, { drawn: gpu.isWhole() ? "all" : "some" });
  function update(now: number): void {
    const layout = layoutNow(view, now);
    try {
      look();
      sheet.update(layout, now);
      describe(target.canvas(), sheet.root, view, layout);
      settled();
    } catch (error) {
      failed(model, error);
    }
  }

  el.append(sheet.root);
  const gpu = drawing(model, view, () => target, request, settled, signal);
  const renewed = () => {
    gpu.forget();
    sheet.note(target.drawnBy());
    request();
  };
  const make = (life: AbortSignal) => sheet.place(interactive(view, sheet.stage, hand, life));
  const target = surface(make, renewed, shared("contexts", contexts), signal);
  watchSize(sheet.surface, (entry) => view.set({ size: inside(entry) }), signal);
  watchSize(sheet.root, (entry) => view.set({ room: inside(entry) }), signal);
  watchTheme(() => dress(sheet.root, view), signal);
  dress(sheet.root, view);
  leaving(
    model,
    () => {
      view.set(NOTHING_SEEN);
      gpu.forget();
    },
    signal,
  );
  model.subscribe(request, signal);
  view.subscribe(request, signal);
  pointing(view, links, signal);
  const { root, show } = sheet;
  map.watch({ view, el, root, layout, plot, pick, around: walk.around, show, add, signal });
  signal.addEventListener("abort", () => {
    model.set({ camera: view.get().camera });
    sheet.root.remove();
  });
}

/** One map: what anywidget asks for. `initialize` runs once a map, `render` once an output. */
const widget: AnyWidget<Traits> = () => {
  let map: Shared | null = null;
  return {
    initialize({ model, signal }) {
      map = open(model, signal);
    },
    render({ model, el, signal }) {
      map ??= open(model, signal);
      hideStill(model.get("still"), signal);
      mount(map, el, signal);
    },
  };
};

if (isWorker) serve();

export default widget;
