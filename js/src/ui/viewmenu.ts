import { type Choice, canChoose, chosenView, isSameView } from "../state/columns";
import type { ModelStore } from "../state/model";
import { CHANNELS, type Channels, type Role } from "../state/types";
import type { Topic } from "./announcer";
import { button, html, icon, onChange } from "./element";
import { type Popover, popover } from "./menu";
import { type Option, picker } from "./picker";
import type { Entry } from "./toolbar";

const ICON =
  "M2.500 13.500V2.500M2.500 13.500h11M5.500 10.500h.01M7.500 6.500h.01M10 8.500h.01M12 4h.01";
const SWAP =
  "M5 2.500v11M5 13.500 2.800 11.300M5 13.500l2.200-2.200M11 13.500v-11M11 2.500 8.800 4.700M11 2.500l2.200 2.200";
const TITLES: Record<Role, string> = {
  x: "across",
  y: "up",
  color: "colour",
  size: "size",
  shape: "shape",
};
const HEADINGS: Record<Choice["group"], string> = {
  metric: "Metrics",
  label: "Labels",
  own: "Your columns",
};
const KINDS: Record<string, string> = { category: "category", flag: "category", date: "date" };
const NONE: Option = { value: null, label: "none", group: "" };
const GONE = "View: Python is not there to draw another one";

/** What a channel may be, in the menu's order; an axis always has one. */
export function optionsOf(choices: readonly Choice[], channel: Role): Option[] {
  const made = (["metric", "label", "own"] as const).flatMap((group) =>
    choices
      .filter((one) => one.group === group)
      .map(({ name, title, kind }) => ({
        value: name,
        label: title,
        note: KINDS[kind],
        group: HEADINGS[group],
      })),
  );
  return channel === "x" || channel === "y" ? made : [NONE, ...made];
}

export const viewTopic: Topic = {
  now: ({ columns }) => [columns.wanted !== null],
  words: ({ columns }) => (columns.wanted ? "waiting for Python" : ""),
};

/** What is drawn against what, to be chosen anew. */
export function viewMenu(
  model: ModelStore,
  setView: (view: Channels) => void,
  signal: AbortSignal,
): Entry & { does: Popover } {
  const now = () => chosenView(model)!;
  const put = (some: Partial<Channels>) => setView({ ...now(), ...some });
  const rows = CHANNELS.map((channel) => ({
    channel,
    ...picker(TITLES[channel], (name) => put({ [channel]: name }), signal),
  }));
  const presets = html("div", { class: "carto-presets", role: "group", "aria-label": "Views" });
  const swap = button(
    {
      class: "carto-swap",
      title: "Swap the axes",
      "aria-label": "Swap the axes",
    },
    icon(SWAP),
  );
  swap.addEventListener("click", () => put({ x: now().y, y: now().x }), { signal });
  const waiting = html("p", { class: "carto-waits" });
  const fields = html(
    "div",
    { class: "carto-channels" },
    swap,
    ...rows.flatMap(({ channel, field, list }) => [
      html("span", { class: "carto-channel", "aria-hidden": "true" }, TITLES[channel]),
      field,
      list,
    ]),
  );

  const write = onChange(() => {
    const { choices, presets: some, wanted } = model.get().columns;
    const view = chosenView(model);
    if (!view) return;
    for (const { channel, update } of rows) update(optionsOf(choices, channel), view[channel]);
    for (const [i, made] of [...presets.children].entries())
      made.setAttribute("aria-pressed", String(isSameView(some[i]!.view, view)));
    waiting.textContent = wanted ? "waiting for Python" : "";
  });
  const update = () => {
    if (!menu.isOpenAt()) return;
    const { columns, frame } = model.get();
    write([columns, frame]);
    if (!canChoose(model)) menu.close();
  };
  function preset({ title, view }: { title: string; view: Channels }): HTMLElement {
    const made = button({ class: "carto-preset", "aria-label": title }, title);
    made.addEventListener("click", () => setView(view));
    return made;
  }
  const menu = popover(
    {
      role: "dialog",
      label: "View",
      fill(panel, about) {
        presets.replaceChildren(...model.get().columns.presets.map(preset));
        panel.append(presets, fields, waiting);
        const row = rows.find(({ channel }) => channel === about);
        write([{}]);
        if (row) queueMicrotask(row.open); // once the panel is there
        return row?.field;
      },
    },
    signal,
  );
  model.subscribe(update, signal);
  return {
    name: "view",
    group: "view",
    label: "View",
    hint: "what is drawn against what",
    key: "V",
    icon: ICON,
    does: menu,
    look: () => ({
      waits: model.get().columns.wanted !== null,
      ...(canChoose(model) ? {} : { off: GONE }),
    }),
  };
}
