import { shared } from "../state/shared";

interface Hidden {
  views: number;
  rule: HTMLStyleElement;
}

/** The stills that this page hides, by the name that Python gave them. */
const hidden = () => shared<Map<string, Hidden>>("stills", () => new Map());

function hiding(name: string): HTMLStyleElement {
  const rule = document.createElement("style");
  // two rules: a browser that does not know :has drops the second alone
  rule.textContent = `.${name} { display: none; }
    .jp-OutputArea-child:has(.${name}) { display: none; }`;
  document.head.append(rule);
  return rule;
}

/** The still beneath a map is for where there is no map: no view, no rule, and it shows again. */
export function hideStill(name: string | undefined, view: AbortSignal): void {
  if (!name || !/^carto-still-[0-9a-f]+$/.test(name)) return; // saved by an older version, or forged
  const one = hidden().get(name) ?? { views: 0, rule: hiding(name) };
  hidden().set(name, one);
  one.views += 1;
  view.addEventListener(
    "abort",
    () => {
      one.views -= 1;
      if (one.views > 0) return;
      one.rule.remove();
      hidden().delete(name);
    },
    { once: true },
  );
}
