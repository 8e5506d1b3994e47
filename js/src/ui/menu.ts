import { focused, html, OWN_KEYS } from "./element";

/** What opens at a button of the map: a menu, or a small dialog. */
export interface Popover {
  root: HTMLElement;
  /** The button that it hangs from while it is open. */
  isOpenAt(): HTMLElement | null;
  /** Shows it at a button; `about` goes to `fill`. Open there already: closes it. */
  toggle(at: HTMLElement, about?: string): void;
  open(at: HTMLElement, about?: string): void;
  /** Hides it and gives the focus back. */
  close(): void;
}

interface Options {
  role: "menu" | "dialog";
  label: string;
  /** Puts into the panel what is in it now, and says where the focus goes: the first otherwise. */
  fill(panel: HTMLElement, about: string | undefined): HTMLElement | undefined;
  /** It has been closed. */
  left?(): void;
}

const GAP = 4; // px from the button, and from the map's edge
const TAKES_FOCUS = "[role^=menuitem], button:not([tabindex='-1']), input, select, [tabindex='0']";

/** Under its button, inside the map's own box however small that is. */
function put(panel: HTMLElement, at: HTMLElement): void {
  const map = (at.closest(".carto") as HTMLElement).getBoundingClientRect();
  const button = at.getBoundingClientRect();
  panel.style.maxWidth = `${map.width - 2 * GAP}px`;
  const top = Math.min(button.bottom - map.top + GAP, map.height / 2);
  panel.style.top = `${top}px`;
  panel.style.maxHeight = `${map.height - top - GAP}px`;
  const right = Math.max(GAP, map.right - button.right);
  const most = map.width - panel.offsetWidth - GAP;
  panel.style.right = `${Math.max(GAP, Math.min(right, most))}px`;
}

/**
 * A panel that a button opens. Esc, a press outside and the focus going elsewhere close it; Esc
 * gives the focus back. In a menu arrows go from item to item.
 */
export function popover({ role, label, fill, left }: Options, signal: AbortSignal): Popover {
  const panel = html("div", {
    class: "carto-popover",
    role,
    "aria-label": label,
    tabindex: -1,
    hidden: "",
    ...OWN_KEYS,
  });
  let anchor: HTMLElement | null = null;
  let opener: HTMLElement | null = null;

  function hide(): void {
    if (!anchor) return;
    anchor.setAttribute("aria-expanded", "false");
    anchor = null;
    panel.hidden = true;
    panel.replaceChildren();
    left?.();
  }
  function close(): void {
    const back = opener?.isConnected ? opener : anchor;
    hide();
    back?.focus({ preventScroll: true });
  }
  function open(at: HTMLElement, about?: string): void {
    hide();
    const from = focused(at);
    opener = at.closest(".carto")?.contains(from) ? from : null;
    anchor = at;
    at.setAttribute("aria-expanded", "true");
    const first = fill(panel, about);
    panel.hidden = false;
    put(panel, at);
    (first ?? panel.querySelector<HTMLElement>(TAKES_FOCUS) ?? panel).focus();
  }
  function press(event: KeyboardEvent): void {
    const isHandled = event.key === "Escape" || (role === "menu" && moved(panel, event.key));
    if (!isHandled) return;
    if (event.key === "Escape") close();
    event.preventDefault();
    event.stopPropagation();
  }
  const isInside = (path: EventTarget[]) =>
    path.includes(panel) || (anchor !== null && path.includes(anchor));
  panel.addEventListener("keydown", (event) => !event.defaultPrevented && press(event), { signal });
  panel.addEventListener(
    "focusout",
    ({ relatedTarget: to }) => {
      if (to instanceof Node && !panel.contains(to) && !anchor?.contains(to)) hide();
    },
    { signal },
  );
  document.addEventListener(
    "pointerdown",
    (event) => anchor && !isInside(event.composedPath()) && hide(),
    { signal, capture: true },
  );
  return {
    root: panel,
    isOpenAt: () => anchor,
    open,
    close,
    toggle: (at, about) => (anchor === at ? close() : open(at, about)),
  };
}

/** The item that a key goes to gets the focus; false where the key goes to none. */
function moved(panel: HTMLElement, key: string): boolean {
  const items = [...panel.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  if (key === "Tab" || items.length === 0) return false;
  const here = items.indexOf(document.activeElement as HTMLElement);
  const places: Record<string, number> = {
    ArrowDown: here + 1,
    ArrowUp: here < 0 ? -1 : here - 1,
    Home: 0,
    End: -1,
  };
  const to = places[key] ?? (key.length === 1 && key !== " " ? named(items, here, key) : null);
  if (to === null) return false;
  items.at(to % items.length)!.focus();
  return true;
}

/** The next item that begins with a letter. */
function named(items: HTMLElement[], here: number, letter: string): number | null {
  const begins = (item: HTMLElement) =>
    item.textContent.trim().toLowerCase().startsWith(letter.toLowerCase());
  const later = items.findIndex((item, i) => i > here && begins(item));
  const any = later < 0 ? items.findIndex(begins) : later;
  return any < 0 ? null : any;
}

/** One line of a menu. */
export interface Item {
  label: string;
  /** What is to be said of it beside its words: why it is off, too. */
  title?: string;
  /** The key that does the same. */
  key?: string;
  /** On or off; undefined where it is neither. */
  isOn?: boolean;
  isOff?: boolean;
  /** What it does; where it is off, says why. */
  run(): void;
}

/** A line of a menu; what is off stays in it, and says why. */
export function menuItem({ label, title, key, isOn, isOff, run }: Item): HTMLButtonElement {
  const made = html(
    "button",
    {
      type: "button",
      class: "carto-item",
      role: isOn === undefined ? "menuitem" : "menuitemcheckbox",
      tabindex: -1,
      title: title ?? "",
      ...OWN_KEYS,
    },
    html("span", { dir: "auto" }, label),
    ...(key ? [html("kbd", { "aria-hidden": "true" }, key)] : []),
  );
  if (isOn !== undefined) made.setAttribute("aria-checked", String(isOn));
  if (isOff) made.setAttribute("aria-disabled", "true");
  made.addEventListener("click", run);
  return made;
}
