import { randomId } from "../state/id";
import { html, OWN_KEYS } from "./element";

/** One line that can be chosen. */
export interface Option {
  value: string | null;
  label: string;
  /** Said of it in small. */
  note?: string;
  /** Under which heading it stands. */
  group: string;
}

/** The options that hold what was typed, those that begin with it first. */
export function found(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return [...options];
  const rank = ({ label, value }: Option): number => {
    const places = [label, value ?? ""].map((text) => text.toLowerCase().indexOf(wanted));
    return Math.min(...places.map((at) => (at < 0 ? 2 : Math.min(at, 1))));
  };
  const fit = options.filter((option) => rank(option) < 2);
  return fit.sort((a, b) => rank(a) - rank(b));
}

/** A field that finds an option by typing: what it is set to, or what is being looked for. */
export function picker(
  label: string,
  pick: (value: string | null) => void,
  signal: AbortSignal,
  none = "no such column",
) {
  const id = `carto-${randomId()}`;
  const field = html("input", {
    type: "text",
    role: "combobox",
    dir: "auto",
    "aria-label": label,
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    ...OWN_KEYS,
  });
  const list = html("div", { class: "carto-list", role: "listbox", id, "aria-label": label });
  list.hidden = true;
  let [options, chosen]: [readonly Option[], string | null] = [[], null];
  let shown: { option: Option; line: HTMLElement }[] = [];
  let active = -1;

  const named = () => options.find(({ value }) => value === chosen)?.label ?? chosen ?? "";

  function mark(next: number): void {
    shown[active]?.line.removeAttribute("data-active");
    active = shown.length ? (next + shown.length) % shown.length : -1;
    const { line } = shown[active] ?? {};
    line?.setAttribute("data-active", "");
    line?.scrollIntoView({ block: "nearest" });
    if (line) field.setAttribute("aria-activedescendant", line.id);
    else field.removeAttribute("aria-activedescendant");
  }
  function line(option: Option, i: number): HTMLElement {
    const made = html(
      "div",
      {
        role: "option",
        id: `${id}-${i}`,
        class: "carto-option",
        "aria-selected": String(option.value === chosen),
      },
      html("bdi", {}, option.label),
      ...(option.note ? [html("span", {}, option.note)] : []),
    );
    made.addEventListener("click", () => choose(option));
    return made;
  }
  function open(typed: string): void {
    const fit = found(options, typed);
    shown = fit.map((option, i) => ({ option, line: line(option, i) }));
    list.replaceChildren(...(fit.length ? groups(shown) : [html("p", {}, none)]));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    active = -1;
    mark(
      typed
        ? 0
        : Math.max(
            0,
            fit.findIndex(({ value }) => value === chosen),
          ),
    );
  }
  function close(): void {
    list.hidden = true;
    list.replaceChildren();
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    field.value = named();
  }
  function choose({ value }: Option): void {
    chosen = value;
    close();
    field.select();
    pick(value);
  }
  function press(event: KeyboardEvent): void {
    const { key } = event;
    const isOpen = !list.hidden;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!isOpen) open("");
      else mark(active + (key === "ArrowDown" ? 1 : -1));
    } else if (key === "Enter") {
      if (!isOpen) open("");
      else {
        const { option } = shown[active] ?? {};
        if (option) choose(option);
      }
    } else if (key === "Escape" && isOpen) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  field.addEventListener("input", () => open(field.value), { signal });
  field.addEventListener("click", () => list.hidden && open(""), { signal });
  field.addEventListener("focus", () => field.select(), { signal });
  field.addEventListener("keydown", press, { signal });
  field.addEventListener("focusout", close, { signal });
  list.addEventListener("mousedown", (event) => event.preventDefault(), { signal }); // keeps the focus
  return {
    field,
    list,
    open: () => open(""),
    update(all: readonly Option[], value: string | null) {
      [options, chosen] = [all, value];
      if (list.hidden) field.value = named();
    },
  };
}

function groups(shown: readonly { option: Option; line: HTMLElement }[]): HTMLElement[] {
  const made = new Map<string, HTMLElement>();
  for (const { option, line } of shown) {
    const heading = html("div", { class: "carto-heading", "aria-hidden": "true" }, option.group);
    const group =
      made.get(option.group) ??
      html(
        "div",
        { role: "group", "aria-label": option.group || "none" },
        ...(option.group ? [heading] : []),
      );
    made.set(option.group, group);
    group.append(line);
  }
  return [...made.values()];
}
