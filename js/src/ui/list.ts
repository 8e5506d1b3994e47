import { listed, ordered } from "../scene/listing";
import type { Browser, Pages } from "../state/cards";
import { randomId } from "../state/id";
import type { Model, ModelStore } from "../state/model";
import type { Color, Position } from "../state/types";
import type { View, ViewStore } from "../state/view";
import { attribute, html, OWN_KEYS, onChange } from "./element";
import { type Entry, entry } from "./entry";
import { sought } from "./marked";
import { windowed } from "./windowed";

const STILL = 250; // ms without a move of the map until what is in sight is listed anew
const ROW = 66; // px
const TILE = { width: 96, height: 128 }; // px, with the gap
const HEAD = 36; // px of the columns' names, on two lines
const NOTHING = new Uint32Array(0);

/** Px for the longest word of a heading, and for a date. */
const widthOf = ({ title, kind }: Position | Color, most: number): number => {
  const longest = Math.max(...title.split(/[\s_-]/).map((word) => word.length));
  return kind === "date" ? 74 : Math.max(50, Math.min(most, 5.6 * longest + 6));
};

/** A name that may be broken after its _ and -, on two lines. */
const heading = (title: string): HTMLElement =>
  html("bdi", {}, ...title.split(/(?<=[_-])/).flatMap((part) => [part, html("wbr")]));

/** The entries of the drawer: rows under one another, or tiles. */
export function list(
  model: ModelStore,
  view: ViewStore,
  pages: Pages,
  pin: (row: number) => void,
  signal: AbortSignal,
) {
  const prefix = `carto-${randomId()}`;
  const columns = html("div", { class: "carto-columns", role: "row" });
  const layer = html("div", { class: "carto-layer" });
  const root = html("div", { class: "carto-scroll", tabindex: 0, ...OWN_KEYS }, columns, layer);
  const frameOf = windowed(root, layer, draw, signal);
  const entries = new Map<number, Entry>();
  let rows: Uint32Array = NOTHING;
  let kind: Browser = "list";
  let active = -1;
  let made: { frame: View["frame"]; key: readonly unknown[] } = { frame: null, key: [] };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const across = () =>
    kind === "list" ? 1 : Math.max(1, Math.floor(frameOf.width() / TILE.width));
  const shape = () =>
    kind === "list"
      ? { across: 1, height: ROW, above: HEAD, count: rows.length }
      : { across: across(), height: TILE.height, above: 6, count: rows.length };

  function collect(): void {
    clearTimeout(timer);
    const { frame, camera, order } = view.get();
    const { selection, passing } = model.get();
    rows = frame ? ordered(listed(frame, camera, selection, passing), frame, order) : NOTHING;
    active = Math.min(active, rows.length - 1);
    made = { ...made, frame };
    model.set({}); // the head says how many
  }
  function forget(): void {
    for (const one of entries.values()) one.end();
    entries.clear();
    layer.replaceChildren();
  }
  function activate(index: number): void {
    active = Math.max(0, Math.min(rows.length - 1, index));
    frameOf.reveal(active, shape());
    view.set({ pointed: rows[active] ?? null });
    draw();
  }
  function drawn(index: number): Entry {
    const known = entries.get(index);
    if (known) return known;
    const one = entry(kind, `${prefix}-${index}`, index, rows.length);
    entries.set(index, one);
    layer.append(one.root);
    return one;
  }
  /** Fills the window, and asks for the cards in it, then for those a screen away. */
  function draw(): void {
    const { frame, theme, browser, pinned } = view.get();
    if (!frame || !browser || rows.length === 0 || frameOf.height() === 0) {
      forget();
      return;
    }
    const { statics, filters } = model.get();
    const [words, { from, to, place }] = [sought(filters), frameOf.window(shape())];
    for (const [index, one] of entries)
      if (index < from || index >= to) {
        one.end();
        one.root.remove();
        entries.delete(index);
      }
    for (let index = from; index < to; index++) {
      const [row, one] = [rows[index]!, drawn(index)];
      one.update({ row, frame, statics, theme, card: pages.card(row), sought: words });
      one.root.style.transform = place(index);
      one.root.toggleAttribute("data-active", index === active);
      attribute(one.root, "aria-selected", String(row === pinned));
      if (one.hasFace()) root.dataset.faces = "";
    }
    want(from, to);
    const id = entries.has(active) ? `${prefix}-${active}` : "";
    attribute(root, "aria-activedescendant", id);
  }
  function want(from: number, to: number): void {
    const more = to - from;
    const [before, after] = [Math.max(0, from - more), to + more];
    pages.want(root, [
      ...rows.slice(from, to),
      ...rows.slice(to, after),
      ...rows.slice(before, from),
    ]);
  }
  const describe = onChange(() => {
    const { frame, order } = view.get();
    if (!frame) return;
    const isList = kind === "list";
    root.setAttribute("role", isList ? "grid" : "listbox");
    layer.setAttribute("role", isList ? "rowgroup" : "none");
    root.setAttribute("aria-label", "Samples");
    if (isList) root.setAttribute("aria-rowcount", String(rows.length + 1));
    else root.removeAttribute("aria-rowcount");
    columns.hidden = !isList;
    const sorted = (by: string): Record<string, string> =>
      order.by === by ? { "aria-sort": order.isDown ? "descending" : "ascending" } : {};
    const titles = [frame.x, frame.y, ...(frame.color.title ? [frame.color] : [])];
    const widths = (most: number) => titles.map((column) => `${widthOf(column, most)}px`).join(" ");
    root.style.setProperty("--carto-cells", widths(67));
    root.style.setProperty("--carto-wide-cells", widths(82));
    columns.replaceChildren(
      html("span", { role: "columnheader" }, "text"),
      html("span", { role: "columnheader" }, "sample"),
      ...titles.map(({ title, role }) =>
        html("span", { role: "columnheader", title, ...sorted(role) }, heading(title)),
      ),
    );
  });
  /** Lists anew where the set or the order is another; a newer frame alone moves nothing. */
  function follow({ selection, passing }: Model, { frame, camera, order, browser }: View): void {
    if (!browser || !frame) return;
    const sight = selection.count ? [] : [...camera.x, ...camera.y];
    const key = [selection.count ? selection.bits : null, passing, order, frame.rows, ...sight];
    const last = made.key;
    if (key.length === last.length && key.every((value, i) => value === last[i])) return;
    const isPanned = last.length > 0 && key.slice(0, 4).every((value, i) => value === last[i]);
    made = { ...made, key };
    clearTimeout(timer);
    if (isPanned) {
      timer = setTimeout(renew, STILL);
      return;
    }
    frameOf.scroll(0);
    forget();
    collect();
  }
  function renew(): void {
    if (signal.aborted) return;
    forget();
    collect();
    draw();
  }

  function open(index: number): void {
    active = index;
    view.set({ pointed: null });
    pin(rows[index]!);
  }
  const indexAt = (target: EventTarget | null): number => {
    const at = (target as Element).closest?.(".carto-entry");
    return at ? [...entries].find(([, one]) => one.root === at)![0] : -1;
  };
  function press(event: KeyboardEvent): void {
    const [step, page] = [across(), Math.max(1, Math.floor(frameOf.height() / shape().height) - 1)];
    const to: Record<string, number> = {
      ArrowDown: active + step,
      ArrowUp: active < 0 ? 0 : active - step,
      PageDown: active + page * step,
      PageUp: active - page * step,
      Home: 0,
      End: rows.length - 1,
      ...(kind === "gallery" && { ArrowRight: active + 1, ArrowLeft: active - 1 }),
    };
    const isPin = (event.key === "Enter" || event.key === " ") && active >= 0;
    const next = to[event.key];
    if ((next === undefined && !isPin) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (isPin) open(active);
    else if (active < 0) activate(0);
    else if (next! >= 0 && next! < rows.length) activate(next!);
    else if (event.key.startsWith("Page")) activate(next!);
  }
  function enter(): void {
    if (active < 0 && root.matches(":focus-visible")) activate(frameOf.window(shape()).from);
  }
  root.addEventListener("keydown", press, { signal });
  root.addEventListener("focus", enter, { signal });
  root.addEventListener(
    "pointermove",
    ({ target }) => {
      const row = rows[indexAt(target)] ?? null;
      if (row !== view.get().pointed) view.set({ pointed: row });
    },
    { signal },
  );
  root.addEventListener("pointerleave", () => view.set({ pointed: null }), { signal });
  root.addEventListener(
    "click",
    ({ target }) => {
      const index = indexAt(target);
      if (index < 0) return;
      open(index);
    },
    { signal },
  );
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    forget();
  });

  return {
    root,
    count: () => rows.length,
    /** Rows have moved since they were put into this order. */
    isOld: () =>
      made.frame !== view.get().frame &&
      (view.get().order.by !== "rows" || model.get().selection.count === 0),
    renew,
    /** The row some entries after another, as they are listed. */
    beside(row: number, step: number): number | null {
      const at = rows[active] === row ? active : rows.indexOf(row);
      if (at < 0 || rows[at + step] === undefined) return null;
      active = at + step;
      frameOf.reveal(active, shape());
      return rows[active]!;
    },
    update(): void {
      const { browser, order, frame } = view.get();
      if (browser && browser !== kind) {
        kind = browser;
        forget();
        delete root.dataset.faces;
        frameOf.scroll(0);
        if (active >= 0) frameOf.reveal(active, shape());
      }
      follow(model.get(), view.get());
      if (!browser) pages.want(root, []);
      describe([kind, rows.length, order, frame?.x.title, frame?.y.title, frame?.color.title]);
      draw();
    },
  };
}
