import type { Rgb, Theme } from "../state/types";
import type { ViewStore } from "../state/view";

const WHITE: Rgb = [255, 255, 255];

/** A computed colour's bytes and opacity; null for a form that is not rgb(). */
export function parsed(color: string): { rgb: Rgb; alpha: number } | null {
  const parts = color.match(/^rgba?\(([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+)(?:[,/ ]+([\d.]+))?\)$/);
  if (!parts) return null;
  const [r, g, b, alpha = 1] = parts.slice(1).map((part) => (part ? Number(part) : undefined));
  return { rgb: [r!, g!, b!], alpha };
}

/** Relative luminance, 0 to 1 (WCAG 2). */
export function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((byte) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export const themeOn = (background: Rgb): Theme => (luminance(background) > 0.3 ? "light" : "dark");

const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

/** The first opaque colour behind an element, through shadow roots; the page's own where none is. */
export function behind(element: Element): Rgb {
  let node: Node | null = element;
  while (node) {
    if (node instanceof Element) {
      const color = parsed(getComputedStyle(node).backgroundColor);
      if (color && color.alpha > 0.5) return color.rgb;
    }
    node = node instanceof ShadowRoot ? node.host : node.parentNode;
  }
  const canvas = getComputedStyle(document.documentElement).colorScheme;
  return canvas === "dark" ? [18, 18, 18] : WHITE;
}

/** Whether the host's own ink can be read on what is really behind the map. */
function isInkReadable(element: Element, background: Rgb): boolean {
  const ink = parsed(getComputedStyle(element).color);
  return ink !== null && contrast(ink.rgb, background) >= 7;
}

/** Calls `changed` when anything happens that may have changed what is behind the element. */
export function watchTheme(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  const attributes = {
    attributes: true,
    attributeFilter: [
      "class",
      "style",
      "data-theme",
      "data-jp-theme-name",
      "data-jp-theme-light",
      "data-vscode-theme-kind",
    ],
  };
  observer.observe(document.documentElement, attributes);
  observer.observe(document.body, attributes);
  observer.observe(document.head, { childList: true });
  signal.addEventListener("abort", () => observer.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed, { signal });
  // a theme's style sheet arrives after the attribute that names it
  document.addEventListener("load", changed, { signal, capture: true });
}

/** Gives the view's root the colours for what is behind it, and the view to know of it. */
export function dress(root: HTMLElement, view: ViewStore): void {
  const background = behind(root.parentElement ?? root);
  const theme = themeOn(background);
  root.dataset.theme = theme;
  root.style.setProperty("--carto-behind", `rgb(${background.join()})`);
  delete root.dataset.ink;
  if (!isInkReadable(root, background)) root.dataset.ink = "own";
  view.set({ background, theme });
}
