import { grouped } from "../scene/numbers";
import type { Browser, Order, Pages } from "../state/cards";
import type { ModelStore } from "../state/model";
import type { ViewStore } from "../state/view";
import type { Topic } from "./announcer";
import { card } from "./card";
import { become, html, icon, OWN_KEYS, onChange } from "./element";
import { list } from "./list";
import type { Entry } from "./toolbar";

/** What the drawer's buttons do. */
export interface Browse {
  pin(row: number | null): void;
  browse(as: Browser | null): void;
  around(to: "next" | "before"): void;
}

const ICONS = {
  list: "M5.500 4h8M5.500 8h8M5.500 12h8M2.500 4h.01M2.500 8h.01M2.500 12h.01",
  gallery: "M2.500 2.500h4v4h-4zM9.500 2.500h4v4h-4zM2.500 9.500h4v4h-4zM9.500 9.500h4v4h-4z",
  back: "M9.500 3.500 5 8l4.500 4.500",
  before: "M3.500 10 8 5.500l4.500 4.500",
  after: "M3.500 6 8 10.500 12.500 6",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M8 13V3M4.500 6.500 8 3l3.500 3.500",
  down: "M8 3v10M4.500 9.500 8 13l3.500-3.500",
};

/** Back and on, through the list and on the map. */
const STEPS = {
  list: ["The sample before", "The next sample"],
  map: ["Back to the neighbour before (Shift+N)", "The next nearest neighbour (N)"],
};

function button(name: keyof typeof ICONS, label: string, press: () => void, signal: AbortSignal) {
  const made = html(
    "button",
    { type: "button", title: label, "aria-label": label, ...OWN_KEYS },
    icon(ICONS[name]),
  );
  made.addEventListener("click", press, { signal });
  return made;
}

export const cardTopic: Topic = {
  now: (_, { pinned }) => [pinned],
  words: ({ statics }, { pinned }) =>
    pinned === null ? "" : `card of ${statics.get("guid")?.read(pinned) ?? `row ${pinned}`}`,
};

/** Beside the map, over it where it is narrow: the pinned card, or the list of the samples. */
export function drawer(
  model: ModelStore,
  view: ViewStore,
  pages: Pages,
  { pin, browse, around }: Browse,
  signal: AbortSignal,
) {
  const [entries, inside] = [list(model, view, pages, pin, signal), card()];
  const make = (icon: keyof typeof ICONS, label: string, press: () => void) =>
    button(icon, label, press, signal);
  const title = html("h3", { dir: "auto" });
  const kinds: Browser[] = ["list", "gallery"];
  const switches = [
    make("list", "As a list", () => browse("list")),
    make("gallery", "As a gallery", () => browse("gallery")),
  ];
  const back = make("back", "Back to the list", () => pin(null));
  /** Through the list; without one, round the sample whose card was opened. */
  const step = (by: 1 | -1) => {
    if (!view.get().browser) return around(by > 0 ? "next" : "before");
    const row = entries.beside(view.get().pinned ?? -1, by);
    if (row !== null) pin(row);
  };
  const steps = [make("before", "", () => step(-1)), make("after", "", () => step(1))];
  const close = make("close", "Close (Esc)", () => browse(null));
  const head = html(
    "div",
    { class: "carto-drawer-head" },
    back,
    title,
    ...steps,
    ...switches,
    close,
  );
  const sort = sorting(view, entries.renew, signal);
  const root = html(
    "aside",
    { class: "carto-drawer", "aria-label": "Samples", hidden: "" },
    head,
    sort.root,
    entries.root,
    inside.root,
  );
  let was: { browser: Browser | null; pinned: number | null } = { browser: null, pinned: null };

  /** The focus follows what opens, and comes back to the map when it closes. */
  function refocus(hadFocus: boolean): void {
    const { browser, pinned } = view.get();
    if (browser && !was.browser) entries.root.focus({ preventScroll: true });
    else if (browser && was.pinned !== null && pinned === null && hadFocus)
      entries.root.focus({ preventScroll: true });
    else if (!browser && pinned === null && hadFocus)
      root.closest(".carto")?.querySelector("canvas")?.focus({ preventScroll: true });
    was = { browser, pinned };
  }
  const words = onChange(() => {
    const { browser, pinned, frame } = view.get();
    const { selection, statics } = model.get();
    const isCard = pinned !== null;
    const guid = isCard
      ? ((pages.card(pinned)?.guid || statics.get("guid")?.read(pinned)) ?? `row ${pinned}`)
      : "";
    const what = selection.count ? "selected" : "in sight";
    title.textContent = isCard ? guid : `${grouped(entries.count())} ${what}`;
    title.title = title.textContent;
    back.hidden = !isCard || !browser;
    for (const [i, each] of steps.entries()) {
      each.hidden = !isCard;
      each.title = each.ariaLabel = STEPS[browser ? "list" : "map"][i]!;
    }
    for (const [i, each] of switches.entries()) {
      each.hidden = isCard;
      each.setAttribute("aria-pressed", String(browser === kinds[i]));
    }
    sort.root.hidden = isCard || !frame;
    entries.root.hidden = isCard || !browser;
    inside.root.hidden = !isCard;
  });
  signal.addEventListener("abort", inside.end);
  return {
    root,
    update(): void {
      const { browser, pinned, frame } = view.get();
      const isOther = browser !== was.browser || pinned !== was.pinned;
      const hadFocus = isOther && isFocused(root);
      become(root, { hidden: browser === null && pinned === null });
      entries.update();
      pages.want(root, pinned === null ? [] : [pinned]);
      const known = pinned === null ? undefined : pages.card(pinned);
      const { selection, statics } = model.get();
      words([browser, pinned, known, frame === null, selection.count, statics, entries.count()]);
      sort.update(entries.isOld());
      inside.update(model.get(), frame, pinned, known);
      if (isOther) refocus(hadFocus);
    },
  };
}

/** Does it hold the focus? Within a shadow root, too. */
function isFocused(root: HTMLElement): boolean {
  const { activeElement } = root.getRootNode() as Document | ShadowRoot;
  return root.contains(activeElement);
}

/** By what the entries are ordered. */
function sorting(view: ViewStore, renew: () => void, signal: AbortSignal) {
  const choice = html("select", { "aria-label": "Order", title: "Order", ...OWN_KEYS });
  const flip = html("button", {
    type: "button",
    "aria-label": "Turn the order round",
    title: "Turn the order round",
    ...OWN_KEYS,
  });
  const again = html(
    "button",
    { type: "button", class: "carto-renew", "aria-label": "Order again", ...OWN_KEYS },
    "order again",
  );
  const root = html("div", { class: "carto-sort" }, choice, flip, again);
  const put = (order: Partial<Order>) => view.set({ order: { ...view.get().order, ...order } });
  choice.addEventListener("change", () => put({ by: choice.value as Order["by"] }), { signal });
  flip.addEventListener("click", () => put({ isDown: !view.get().order.isDown }), { signal });
  again.addEventListener("click", renew, { signal });
  const draw = onChange(() => {
    const { frame, order } = view.get();
    if (!frame) return;
    const titles: [Order["by"], string][] = [
      ["rows", "dataset order"],
      ["x", frame.x.title],
      ["y", frame.y.title],
    ];
    if (frame.color.title) titles.push(["color", frame.color.title]);
    choice.replaceChildren(
      ...titles.map(([by, title]) =>
        html("option", { value: by }, by === "rows" ? title : `by ${title}`),
      ),
    );
    choice.value = order.by;
    flip.replaceChildren(icon(order.isDown ? ICONS.down : ICONS.up));
  });
  return {
    root,
    update(isOld: boolean): void {
      const { frame, order } = view.get();
      draw([order, frame?.x.title, frame?.y.title, frame?.color.title]);
      become(again, { hidden: !isOld });
    },
  };
}

/** The toolbar's way to the list. */
export const samples = (view: ViewStore, toggle: () => void): Entry => ({
  name: "samples",
  group: "samples",
  label: "Samples",
  hint: "as a list or a gallery",
  key: "C",
  icon: ICONS.list,
  look: () => ({ isOn: view.get().browser !== null }),
  does: toggle,
});
