type Attributes = Record<string, string | number>;
type Child = Node | string;

function filled<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children); // strings become text, never markup
  return element;
}

export const html = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] => filled(document.createElement(tag), attributes, children);

export const svg = <K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/**
 * Keys typed here are no commands of the notebook. On every element that takes the focus, for
 * Jupyter looks at the focused element itself and not at what it lies in.
 */
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" } as const;

/** A button, which says what it does in its `aria-label` or its words. */
export const button = (attributes: Attributes = {}, ...children: Child[]): HTMLButtonElement =>
  html("button", { type: "button", ...attributes, ...OWN_KEYS }, ...children);

/** A path in a box of 16, drawn as the style sheet says. */
export const icon = (path: string): SVGElement =>
  svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path }));

/** Sets what is otherwise now: whatever is set makes the page look at its styles anew. */
export function become<E extends object>(of: E, to: Partial<E>): void {
  for (const name in to) if (of[name] !== to[name]) of[name] = to[name]!;
}

/** The same of an attribute; null: it has none. */
export function attribute(of: Element, name: string, value: string | null): void {
  if (of.getAttribute(name) === value) return;
  if (value === null) of.removeAttribute(name);
  else of.setAttribute(name, value);
}

/** What has the focus in the page, or in the shadow that an element lies in. */
export const focused = (near: Node): HTMLElement | null => {
  const root = near.getRootNode();
  return "activeElement" in root ? (root.activeElement as HTMLElement | null) : null;
};

/** Calls `draw` only where `key` is another than last time. */
export function onChange(draw: () => void): (key: readonly unknown[]) => void {
  let last: readonly unknown[] = [];
  return (key) => {
    if (key.length === last.length && key.every((value, i) => Object.is(value, last[i]))) return;
    last = key;
    draw();
  };
}

/** Says how large an element is, now and whenever it is another, at no layout of its own. */
export function watchSize(
  element: Element,
  put: (entry: ResizeObserverEntry) => void,
  signal: AbortSignal,
): void {
  const observer = new ResizeObserver(([entry]) => put(entry!));
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
