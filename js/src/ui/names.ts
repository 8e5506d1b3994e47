import { grouped } from "../scene/numbers";
import type { Action } from "../state/actions";
import type { ModelStore } from "../state/model";
import { LONGEST_NAME, type Naming, type ShownName, shownNames } from "../state/named";
import type { How } from "../state/types";
import { button, focused, html, icon, OWN_KEYS, onChange } from "./element";
import { popover } from "./menu";
import type { Entry } from "./toolbar";

/** Asks Python to do something with a named selection. */
export type Name = (what: Naming, name: string, more?: object) => void;

const PEN = "M10.800 3.200l2 2L6 12l-2.600.600L4 10ZM9.400 4.600l2 2";
const BIN = "M3.500 4.500h9M6.500 4.500v-1.500h3v1.500M4.800 4.500l.600 8.500h5.200l.600-8.500";
const SURE = "delete?";
const PATIENCE = 3000; // ms in which a second press deletes
const KEYS = "Shift adds, Alt takes away, both keep what is in both";

/** A line to type in, in a form that Enter sends. */
export function field(label: string, value: string): HTMLInputElement {
  const made = html("input", {
    type: "text",
    maxlength: LONGEST_NAME,
    required: "",
    placeholder: label,
    "aria-label": label,
    dir: "auto",
    autocomplete: "off",
    spellcheck: "false",
    ...OWN_KEYS,
  });
  made.value = value;
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // JupyterLab takes away what a browser makes of it
    made.form?.requestSubmit();
  });
  return made;
}

function small(label: string, path: string, press: (at: HTMLElement) => void): HTMLButtonElement {
  const about = { type: "button", title: label, "aria-label": label, ...OWN_KEYS };
  const made = html("button", about, icon(path));
  made.addEventListener("click", () => press(made));
  return made;
}

/** The first press asks; a second one soon after means it. */
function twice(label: string, path: string, done: () => void): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const calm = () => {
    timer = undefined;
    made.replaceChildren(icon(path));
    made.removeAttribute("data-sure");
    made.ariaLabel = label;
  };
  const made = small(label, path, () => {
    clearTimeout(timer);
    if (timer !== undefined) return done();
    made.replaceChildren(SURE);
    made.setAttribute("data-sure", "");
    made.ariaLabel = `${label}: press again`;
    timer = setTimeout(calm, PATIENCE);
  });
  return made;
}

/** The form that gives the selection a name. */
function saving(model: ModelStore, name: Name) {
  const input = field("", "");
  const put = html("button", { type: "submit", class: "carto-put", ...OWN_KEYS }, "Save");
  const form = html("form", { class: "carto-name-form" }, input, put);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    const { count } = model.get().selection;
    if (!text) return;
    name("save", text, { count });
    input.value = "";
  });
  return {
    form,
    input,
    update(): void {
      const { count } = model.get().selection;
      const label = `Name ${count === 1 ? "this sample" : `these ${grouped(count)} samples`}`;
      form.hidden = count === 0;
      if (input.placeholder === label) return;
      input.placeholder = label;
      input.ariaLabel = label;
    },
  };
}

/** One name with what can be done with it. */
function line(
  { name: text, count, waits }: ShownName,
  how: (event: MouseEvent) => How,
  name: Name,
) {
  const pick = button(
    {
      class: "carto-item",
      title: `Select “${text}”. ${KEYS}`,
      "data-name": text,
    },
    html("bdi", {}, text),
    html("span", { class: "carto-quantity" }, grouped(count)),
  );
  pick.addEventListener("click", (event) => name("select", text, { how: how(event) }));
  const row = html("li", {}, pick);
  row.toggleAttribute("data-waits", waits);
  const rename = small(`Rename ${text}`, PEN, () => renaming(row, text, name));
  row.append(
    rename,
    twice(`Delete ${text}`, BIN, () => name("delete", text)),
  );
  return row;
}

/** The line as a field for another name. */
function renaming(row: HTMLElement, text: string, name: Name): void {
  const before = [...row.childNodes];
  const input = field(`Another name for ${text}`, text);
  const form = html("form", { class: "carto-name-form" }, input);
  const back = () => {
    row.replaceChildren(...before);
    (before[1] as HTMLElement).focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const to = input.value.trim();
    back();
    if (to && to !== text) name("rename", text, { to });
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    back();
  });
  row.replaceChildren(form);
  input.focus();
  input.select();
}

const NOTHING = "No selection has a name yet.";
const FIRST = "Select samples on the map, then give them a name here.";

/** The selections that have a name, and a field for one more. */
export function namesEntry(
  model: ModelStore,
  name: Name,
  how: (event: MouseEvent) => How,
  signal: AbortSignal,
): Entry {
  const save = saving(model, name);
  const list = html("ul", { class: "carto-names", "aria-label": "Named selections" });
  const foot = html("p", { class: "carto-names-foot", dir: "auto" });
  let panel: HTMLElement | null = null;

  const redraw = onChange(() => {
    const names = shownNames(model.get());
    const hadFocus = list.contains(focused(list));
    list.replaceChildren(...[...names].reverse().map((one) => line(one, how, name)));
    if (hadFocus) (list.querySelector("button") ?? panel)?.focus();
    list.hidden = names.length === 0;
  });
  function update(): void {
    const { names, asks, selection, ledger } = model.get();
    save.update();
    foot.textContent = names.length ? ledger && `kept in ${ledger}` : NOTHING;
    if (!names.length && !selection.count) foot.append(` ${FIRST}`);
    redraw([names, ...asks.filter(({ what }) => what === "named")]);
  }
  const opened = popover(
    {
      role: "dialog",
      label: "Named selections",
      fill(of) {
        panel = of;
        of.append(save.form, list, foot);
        update();
        return save.form.hidden ? (list.querySelector("button") ?? of) : save.input;
      },
      left: () => {
        panel = null;
        save.input.value = "";
      },
    },
    signal,
  );
  model.subscribe(() => panel && update(), signal);
  return {
    name: "names",
    isRare: true,
    group: "samples",
    label: "Named selections",
    key: "S",
    does: opened,
    look: () =>
      model.get().connection === "live"
        ? {}
        : { off: "Names: Python, which keeps them, is not there" },
  };
}

/** The key to them. */
export const namesAction = (show: (name: string) => void): Action => ({
  keys: ["s"],
  title: "name the selection, or select by name",
  group: "select",
  run: () => show("names"),
});
