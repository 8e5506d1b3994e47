import type { Action } from "../state/actions";
import type { Tool } from "../state/types";
import type { ViewStore } from "../state/view";
import { attribute, become, html, icon, OWN_KEYS } from "./element";
import { type Item, menuItem, type Popover, popover } from "./menu";

/** Something that the toolbar offers; where there is little room, in the menu behind ⋯. */
export interface Entry {
  /** By which `show` finds it. */
  name: string;
  /** Neighbours of one group stand close together. */
  group: "tool" | "history" | "sight" | "samples" | "view" | "more";
  /** Its accessible name, and its words in the menu. */
  label: string;
  /** What is told of it beside its label. */
  hint?: string;
  /** The key that does the same, as it is said: "L". */
  key?: string;
  /** A path in a box of 16, drawn with a stroke of 1.3; without one it is in the menu alone. */
  icon?: string;
  /** Stays a button where there is little room. */
  isKept?: boolean;
  /** Is a button only where there is much room. */
  isRare?: boolean;
  /** How it is now. */
  look?(): { isOn?: boolean; isHidden?: boolean; waits?: boolean; off?: string };
  /** What it does, or opens. */
  does: (() => void) | Popover;
}

const [SOME, MUCH] = [560, 880]; // px
const MORE = "M3.500 8h.01M8 8h.01M12.500 8h.01";
const GROUPS: readonly Entry["group"][] = ["tool", "history", "sight", "samples", "view", "more"];
const LABELS: Partial<Record<Entry["group"], string>> = { tool: "Tool", history: "History" };
const isPopover = (does: Entry["does"]): does is Popover => typeof does !== "function";

const told = ({ label, hint, key }: Omit<Entry, "does">): string =>
  `${label}${hint ? `: ${hint}` : ""}${key ? ` (${key})` : ""}`;

function button(entry: Omit<Entry, "does" | "group">): HTMLButtonElement {
  return html(
    "button",
    {
      type: "button",
      title: told(entry as Entry),
      "aria-label": entry.label,
      "data-entry": entry.name,
      ...OWN_KEYS,
    },
    icon(entry.icon ?? ""),
  );
}

/** The entry's button as it should be now. */
function dress(made: HTMLButtonElement, { look, ...entry }: Entry, isAway: boolean): void {
  const { isOn, isHidden, waits, off } = look?.() ?? {};
  const is = (name: string, value: string | null) => attribute(made, name, value);
  become(made, { hidden: isAway || isHidden === true });
  is("aria-pressed", isOn === undefined ? null : String(isOn));
  is("aria-disabled", off === undefined ? null : "true");
  is("data-waits", waits ? "" : null);
  is("title", off ?? told(entry));
}

/** Buttons over the map, and a menu of those that have no room or need no button. */
export function toolbar(say: (why: string) => void, signal: AbortSignal) {
  const entries: Entry[] = [];
  const made = new Map<Entry, HTMLButtonElement>();
  const more = button({ name: "more", label: "More", icon: MORE });
  let room = 0;

  const isAway = ({ isKept, isRare }: Entry) => !isKept && room < (isRare ? MUCH : SOME);
  const item = (entry: Entry): Item => {
    const { isOn, off } = entry.look?.() ?? {};
    const run = () => {
      menu.close();
      act(entry, more);
    };
    return { ...entry, title: off ?? told(entry), isOn, isOff: off !== undefined, run };
  };
  const inMenu = () => entries.filter((e) => (!made.has(e) || isAway(e)) && !e.look?.().isHidden);
  const menu = popover(
    { role: "menu", label: "More", fill: (panel) => fill(panel, inMenu()) },
    signal,
  );
  function fill(panel: HTMLElement, shown: Entry[]): undefined {
    for (const [i, entry] of shown.entries()) {
      if (i > 0 && shown[i - 1]!.group !== entry.group) panel.append(html("hr", {}));
      panel.append(menuItem(item(entry)));
    }
    return undefined;
  }
  function act(entry: Entry, at: HTMLElement, about?: string): void {
    const { off } = entry.look?.() ?? {};
    if (off !== undefined) say(off);
    else if (isPopover(entry.does)) entry.does[about === undefined ? "toggle" : "open"](at, about);
    else entry.does();
  }
  more.addEventListener("click", () => menu.toggle(more), { signal });
  more.setAttribute("aria-haspopup", "menu");
  more.setAttribute("aria-expanded", "false");
  const groups = GROUPS.map((name) => {
    const label = LABELS[name];
    return html("div", {
      class: "carto-group",
      ...(label && { role: "group", "aria-label": label }),
    });
  });
  const root = html("div", { class: "carto-tools" }, ...groups, more, menu.root);
  const place = ({ group }: Entry) => GROUPS.indexOf(group);

  function put(entry: Entry): void {
    if (isPopover(entry.does)) root.append(entry.does.root);
    if (!entry.icon) return;
    const at = button(entry);
    made.set(entry, at);
    groups[place(entry)]!.append(at);
    at.addEventListener("click", () => act(entry, at), { signal });
    if (!isPopover(entry.does)) return;
    at.setAttribute("aria-haspopup", entry.does.root.getAttribute("role") ?? "dialog");
    at.setAttribute("aria-expanded", "false");
  }
  function update(width: number): void {
    room = width;
    for (const [entry, at] of made) dress(at, entry, isAway(entry));
    for (const group of groups)
      become(group, { hidden: [...group.children].every((c) => (c as HTMLElement).hidden) });
    become(more, { hidden: inMenu().length === 0 });
  }
  const named = (name: string) => entries.find((one) => one.name === name);
  return {
    root,
    /** In so many px of width. */
    update,
    /** Offers these, too, each among its group. */
    add(some: readonly Entry[]): void {
      entries.push(...some);
      entries.sort((a, b) => place(a) - place(b));
      some.forEach(put);
      update(room);
    },
    has: (name: string) => named(name) !== undefined,
    /** Does what the entry of this name does, as if its button had been pressed. */
    show(name: string, about?: string): void {
      const entry = named(name);
      const at = entry && made.get(entry);
      if (entry) act(entry, at && !at.hidden ? at : more, about);
    },
  };
}

/** The key that opens what an entry opens. */
export const opening = (key: string, title: string, show: () => void): Action => ({
  keys: [key],
  title,
  group: "show",
  run: show,
});

const LASSO =
  "M8 2.6c3.2 0 5.6 1.7 5.6 4S11.200 10.600 8 10.600c-1 0-2-.2-2.800-.5M8 2.600c-3.200 0-5.600 1.700-5.600 4 0 1.400 1 2.700 2.500 3.400M4.900 9.300a1.300 1.300 0 1 1-.4 2.200c-.6-.6-.4-1.800.4-2.200ZM5 11.800c0 1-.4 1.700-1.400 2";
const BOX = "M3 3h2M7 3h2M11 3h2v2M13 7v2M13 11v2h-2M9 13H7M5 13H3v-2M3 9V7M3 5V3";
const BRUSH =
  "M13.400 2.600 8.200 9.100M13.400 2.600 6.900 7.800M6.900 7.800 8.200 9.100M6.500 8.300c-1.700-.300-2.800.700-3 2.200-.100 1-.500 1.700-1.300 2.200 1.900.900 5.500.500 5.600-2.700";
const PAN =
  "M8 2v12M2 8h12M6.200 3.800 8 2l1.800 1.800M6.200 12.200 8 14l1.800-1.800M3.800 6.200 2 8l1.800 1.800M12.200 6.200 14 8l-1.800 1.800";
const WHOLE = "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3";

/** What a drag does. */
export function toolEntries(view: ViewStore): Entry[] {
  const tool = (name: Tool, label: string, key: string, hint: string, icon: string): Entry => ({
    name,
    group: "tool",
    label,
    hint,
    key,
    icon,
    isKept: name !== "brush",
    look: () => ({ isOn: view.get().tool === name }),
    does: () => view.set({ tool: name }),
  });
  return [
    tool(
      "lasso",
      "Lasso",
      "L",
      "draw round the samples you mean; Shift adds, Alt takes away",
      LASSO,
    ),
    tool("box", "Box", "B", "select a rectangle", BOX),
    tool(
      "brush",
      "Brush",
      "R",
      "paint over the samples you mean; the wheel changes its size",
      BRUSH,
    ),
    tool("pan", "Pan", "P", "move the map, as while Space is held", PAN),
  ];
}

/** The way back. */
export const wholeMap = (reset: () => void): Entry => ({
  name: "whole",
  group: "sight",
  label: "Show the whole map",
  hint: "or double click",
  key: "0",
  icon: WHOLE,
  does: reset,
});
