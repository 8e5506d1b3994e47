import type { Tool } from "../state/types";
import type { View, ViewStore } from "../state/view";
import { html, OWN_KEYS, svg } from "./element";

const ICONS: Record<Tool | "reset", string> = {
  lasso:
    "M8 2.6c3.2 0 5.6 1.7 5.6 4S11.200 10.600 8 10.600c-1 0-2-.2-2.800-.5M8 2.600c-3.200 0-5.600 1.700-5.600 4 0 1.400 1 2.700 2.500 3.400M4.900 9.300a1.300 1.300 0 1 1-.4 2.200c-.6-.6-.4-1.800.4-2.200ZM5 11.800c0 1-.4 1.700-1.400 2",
  box: "M3 3h2M7 3h2M11 3h2v2M13 7v2M13 11v2h-2M9 13H7M5 13H3v-2M3 9V7M3 5V3",
  pan: "M8 2v12M2 8h12M6.200 3.800 8 2l1.800 1.800M6.200 12.200 8 14l1.800-1.800M3.800 6.200 2 8l1.800 1.800M12.200 6.200 14 8l-1.800 1.800",
  reset: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
};
const LABELS: Record<Tool | "reset", string> = {
  lasso: "Lasso: draw round the samples you mean (L). Shift adds, Alt takes away",
  box: "Box: select a rectangle (B)",
  pan: "Pan: move the map (P, or hold Space)",
  reset: "Show the whole map (0, or double click)",
};

function button(name: Tool | "reset", press: () => void, signal: AbortSignal): HTMLButtonElement {
  const icon = svg(
    "svg",
    { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }),
  );
  const [label] = LABELS[name].split(/[:(]/);
  const made = html(
    "button",
    { type: "button", title: LABELS[name], "aria-label": label!.trim(), ...OWN_KEYS },
    icon,
  );
  made.addEventListener("click", press, { signal });
  return made;
}

const TOOLS: Tool[] = ["lasso", "box", "pan"];

/** What a drag does, and the way back. */
export function toolbar(view: ViewStore, reset: () => void, signal: AbortSignal) {
  const buttons = TOOLS.map((tool) => button(tool, () => view.set({ tool }), signal));
  const tools = html(
    "div",
    { class: "carto-group", role: "group", "aria-label": "Tool" },
    ...buttons,
  );
  const root = html("div", { class: "carto-tools" }, tools, button("reset", reset, signal));
  return {
    root,
    update({ tool }: View) {
      for (const [i, each] of buttons.entries())
        each.setAttribute("aria-pressed", String(TOOLS[i] === tool));
    },
  };
}
