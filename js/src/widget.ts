import type { AnyModel, AnyWidget } from "@anywidget/types";
import { drawing } from "./draw/drawing";
import { eachFrame } from "./draw/once";
import { contexts } from "./gl/contexts";
import { surface } from "./gl/surface";
import { pathing } from "./interactions/along";
import { hover } from "./interactions/hover";
import { keys, moves, tools } from "./interactions/keys";
import { peeking } from "./interactions/peeking";
import { pinning } from "./interactions/pinning";
import { type Hand, how, pointer } from "./interactions/pointer";
import { selecting } from "./interactions/selecting";
import { halting, walking } from "./interactions/walking";
import { wheel } from "./interactions/wheel";
import { counting } from "./jobs/counting";
import { desk } from "./jobs/desk";
import { rows as allRows, type Rows } from "./jobs/rows";
import { worker } from "./jobs/started";
import { isWorker, serve } from "./jobs/worker";
import { filtering } from "./query/filtering";
import type { Layout } from "./scene/layout";
import { glidingLayout } from "./scene/picture";
import type { Pages } from "./state/cards";
import { type Links, linking, pointing } from "./state/links";
import { failed, type ModelStore, modelStore } from "./state/model";
import { playing } from "./state/playing";
import { shared } from "./state/shared";
import { shownFrame } from "./state/timeline";
import { HOME, type Size } from "./state/types";
import { progress, type ViewStore, viewStore } from "./state/view";
import { samples } from "./ui/drawer";
import { watchSize } from "./ui/element";
import { exportMenu, looksOf } from "./ui/exportmenu";
import { filterAction, filterEntry } from "./ui/filterbar";
import { spreadAction, spreadEntry } from "./ui/histograms";
import { keyHelp } from "./ui/keyhelp";
import { linkedAction, linkedEntry } from "./ui/linked";
import { type Name, namesAction, namesEntry } from "./ui/names";
import { canvas, mark, page } from "./ui/page";
import { hideStill } from "./ui/still";
import { dress, watchTheme } from "./ui/theme";
import { pathEntry, timeActions, trailsEntry } from "./ui/timeline";
import { opening, toolEntries, wholeMap } from "./ui/toolbar";
import { undoEntries } from "./ui/undo";
import { viewMenu } from "./ui/viewmenu";
import { connect, type Kernel } from "./wire/connection";
import { found } from "./wire/found";
import type { Traits } from "./wire/messages";
import { pages as pagesOf } from "./wire/pages";

interface Shared {
  model: ModelStore;
  kernel: Kernel;
  rows: Rows;
  pages: Pages;
  links: Links;
}

function open(notebook: AnyModel<Traits>, signal: AbortSignal): Shared {
  const model = modelStore(notebook.get("height"));
  playing(model, signal);
  const source = notebook.get("_esm");
  const rows = allRows(
    model,
    shared("worker", () => desk(() => worker(source))),
    signal,
  );
  const kernel = connect(notebook, model, signal);
  const links = linking(model, kernel.select, () => !document.hidden, signal);
  filtering(model, shownFrame, rows.passing, found(kernel.ask), signal);
  return { model, kernel, rows, links, pages: pagesOf(model, kernel.ask, signal) };
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

/** One view of the map in `el`, until the signal ends it. */
function mount(map: Shared, el: HTMLElement, signal: AbortSignal): void {
  const { model, kernel, rows, pages, links } = map;
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
  const name: Name = (what, name, more) => kernel.tell("named", { do: what, name, ...more });
  const cards = pinning(model, view, rows, layout, clear);
  peeking(model, view, pages, signal);
  const entries = [
    ...toolEntries(view),
    ...undoEntries(model, undo, redo),
    wholeMap(reset),
    filterEntry(model, view),
    spreadEntry(view),
    namesEntry(model, name, how, signal),
    samples(view, cards.toggle),
    viewMenu(model, kernel.setView, signal),
    exportMenu(model, () => looksOf(el, model, view), kernel, signal),
    trailsEntry(model, view),
    pathEntry(model, view),
    keyHelp(() => doable, signal),
    linkedEntry(links),
  ];
  const redraw = () => request();
  const count = counting(model, rows, redraw, signal);
  const commands = { clear, steer: kernel.steer, count, redraw, browse: cards };
  const sheet = page(model, view, commands, entries, pages, signal);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const request = eachFrame(draw, signal);
  const { point, look } = hover(model, view, rows.nearest, request);
  const press: Hand["click"] = (at, how) => (how === "replace" ? cards.click(at) : click(at, how));
  const plot = () => layout().plot;
  const along = pathing(model, view, plot, pick);
  const ring: Hand["enclose"] = (outline, how) =>
    view.get().gesture === "path" ? along(outline, how) : enclose(outline, how);
  const hand = { plot, enclose: ring, brush, click: press, reset, point };
  const doable = [
    ...moves(view, reset),
    ...tools(view),
    ...actions,
    ...cards.actions,
    ...walking(model, view, rows.next, layout, pick),
    ...timeActions(model),
    filterAction(sheet.search),
    spreadAction(view),
    namesAction(sheet.show),
    opening("v", "what is drawn against what", () => sheet.show("view")),
    opening("e", "save and copy", () => sheet.show("export")),
    opening("?", "keys", () => sheet.show("keys")),
    linkedAction(links),
  ];
  keys(sheet.root, view, doable, signal);

  function draw(now: number): void {
    const frame = shownFrame(model.get());
    if (gpu.step(frame, () => layoutNow(view, now), now, still.matches)) update(now);
    if (gpu.isWorking(frame, now)) request();
  }
  function update(now: number): void {
    const layout = layoutNow(view, now);
    try {
      look(layout);
      sheet.update(layout, now);
      describe(target.canvas(), sheet.root, view, layout);
      mark(sheet.root, { drawn: gpu.isWhole() ? "all" : "some" });
    } catch (error) {
      failed(model, error);
    }
  }

  el.append(sheet.root);
  const gpu = drawing(model, view, () => target, request, signal);
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
  model.subscribe(request, signal);
  view.subscribe(request, signal);
  pointing(view, links, signal);
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
