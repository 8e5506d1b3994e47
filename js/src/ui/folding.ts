import { button } from "./element";
import { popover } from "./menu";

const LINES = 2;
const LINE = 23; // px from one line to the next

/** Lets what is listed take two lines; a button at their end opens the rest. */
export function folding(label: string, signal: AbortSignal) {
  const more = button({ class: "carto-more", "aria-haspopup": "dialog", "aria-expanded": "false" });
  let rest: HTMLElement[] = [];
  const fill = (panel: HTMLElement): HTMLElement => {
    panel.replaceChildren(...rest);
    panel.tabIndex = rest[0]?.matches("button") ? -1 : 0;
    return rest[0]?.matches("button") ? rest[0] : panel;
  };
  const panel = popover({ role: "dialog", label, fill }, signal);
  panel.root.classList.add("carto-rest");
  more.addEventListener("click", () => panel.toggle(more), { signal });
  return {
    /** Puts all of it into `root` and keeps what has room. */
    fold(root: HTMLElement, before: readonly HTMLElement[], items: readonly HTMLElement[]): void {
      root.replaceChildren(...before, ...items, more, panel.root);
      const first = root.firstElementChild as HTMLElement;
      const isOver = (at: HTMLElement) => at.offsetTop > first.offsetTop + (LINES - 0.5) * LINE;
      let kept = items.length;
      more.hidden = true;
      if (items.length && isOver(items.at(-1)!)) {
        more.hidden = false;
        kept = items.findIndex(isOver);
        for (const item of items.slice(kept)) item.remove();
        for (;;) {
          more.textContent = `and ${items.length - kept} more`;
          if (kept <= 1 || !isOver(more)) break;
          items[--kept]!.remove();
        }
      }
      rest = items.slice(kept);
      if (panel.isOpenAt()) rest.length ? fill(panel.root) : panel.close();
    },
  };
}
