import type { Action } from "../state/actions";
import { html } from "./element";
import { popover } from "./menu";
import type { Entry } from "./toolbar";

const GROUPS: [Action["group"], string][] = [
  ["select", "Select"],
  ["samples", "Samples"],
  ["move", "Move"],
  ["show", "Show"],
  ["time", "Time"],
  ["review", "While reviewing"],
];
const CAPS: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  " ": "Space",
};
const HAND =
  "Shift while selecting adds, Alt takes away, both keep what is in both. Tab goes from part to part.";

/** A key as it is engraved: "Ctrl+z" is Ctrl Z, and Z with Shift is told from z. */
export function caps(key: string): string[] {
  const parts = key === "+" ? [key] : key.split("+").map((part) => part || "+");
  const last = parts.at(-1)!;
  const isShifted = last.length === 1 && last !== last.toLowerCase();
  const name = CAPS[last] ?? (last.length === 1 ? last.toUpperCase() : last);
  return [...parts.slice(0, -1), ...(isShifted ? ["Shift"] : []), name];
}

function line({ keys, title }: Action): HTMLElement[] {
  const each = keys.map((key) => html("span", {}, ...caps(key).map((cap) => html("kbd", {}, cap))));
  return [html("dt", {}, ...each), html("dd", {}, title)];
}

function section(heading: string, actions: readonly Action[]): HTMLElement {
  return html(
    "section",
    { "aria-label": heading },
    html("h4", {}, heading),
    html("dl", {}, ...actions.flatMap(line)),
  );
}

/** The actions, heading by heading. */
export const sections = (actions: readonly Action[]) =>
  GROUPS.map(([group, heading]) => ({
    heading,
    some: actions.filter((action) => action.group === group),
  })).filter(({ some }) => some.length > 0);

/** All that can be done by key, in groups. */
export function keyHelp(actions: () => readonly Action[], signal: AbortSignal): Entry {
  const dialog = popover(
    {
      role: "dialog",
      label: "Keys",
      fill(panel) {
        const shown = sections(actions());
        panel.append(
          html("div", { class: "carto-keys" }, ...shown.map((s) => section(s.heading, s.some))),
          html("p", { class: "carto-hand" }, HAND),
        );
        panel.tabIndex = 0; // scrolls by keys
        return panel;
      },
    },
    signal,
  );
  return { name: "keys", group: "more", label: "Keys", key: "?", does: dialog };
}
