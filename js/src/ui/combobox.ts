import type { Completion } from "../query/completion";
import { randomId } from "../state/id";
import { html, OWN_KEYS } from "./element";

interface Options {
  label: string;
  placeholder: string;
  /** What fits where the caret is. */
  complete(text: string, caret: number): Completion;
  /** The text is another; `isDone`: Enter was pressed, or something was chosen. */
  write(text: string, isDone: boolean): void;
  leave(): void;
}

/** A box to write into, under which what fits is offered. */
export function combobox(options: Options, signal: AbortSignal) {
  const id = `carto-${randomId()}`;
  const input = html("input", {
    type: "text",
    role: "combobox",
    placeholder: options.placeholder,
    "aria-label": options.label,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    dir: "auto",
    ...OWN_KEYS,
  });
  const list = html("div", { id, class: "carto-offers", role: "listbox", hidden: "" });
  list.setAttribute("aria-label", "Completions");
  const root = html("div", { class: "carto-combobox" }, input, list);
  let shown: Completion | null = null;
  let active = -1;

  const option = (text: string, i: number): HTMLElement => {
    const made = html("div", { id: `${id}-${i}`, role: "option", "aria-selected": "false" });
    made.append(html("bdi", {}, text));
    return made;
  };
  function show(next: Completion | null): void {
    shown = next?.offers.length ? next : null;
    active = -1;
    list.replaceChildren(...(shown?.offers ?? []).map(option));
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown !== null));
    input.removeAttribute("aria-activedescendant");
  }
  function mark(next: number): void {
    if (!shown) return;
    const n = shown.offers.length;
    active = ((next % n) + n) % n;
    for (const [i, each] of [...list.children].entries())
      each.setAttribute("aria-selected", String(i === active));
    input.setAttribute("aria-activedescendant", `${id}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }
  function take(i: number): void {
    const { from, to, offers } = shown!;
    const text = offers[i]!;
    const rest = input.value.slice(to);
    const gap = text.endsWith("(") || rest.startsWith(" ") ? "" : " ";
    input.value = input.value.slice(0, from) + text + gap + rest;
    const caret = from + text.length + 1 - (text.endsWith("(") ? 1 : 0);
    input.setSelectionRange(caret, caret);
    suggest();
    options.write(input.value, false);
  }
  const suggest = () => show(options.complete(input.value, input.selectionStart ?? 0));

  function press(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" && !shown) suggest();
    else if (key === "ArrowDown" && shown) mark(active + 1);
    else if (key === "ArrowUp" && shown) mark(active < 0 ? -1 : active - 1);
    else if ((key === "Enter" || key === "Tab") && shown && active >= 0) take(active);
    else if (key === "Enter") {
      show(null);
      options.write(input.value, true);
    } else if (key === "Escape" && shown) show(null);
    else if (key === "Escape") options.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  input.addEventListener("keydown", press, { signal });
  input.addEventListener(
    "input",
    () => {
      suggest();
      options.write(input.value, false);
    },
    { signal },
  );
  input.addEventListener("blur", () => show(null), { signal });
  list.addEventListener(
    "mousedown",
    (event) => {
      event.preventDefault(); // the box keeps the focus
      const at = [...list.children].findIndex((each) => each.contains(event.target as Node));
      if (at >= 0) take(at);
    },
    { signal },
  );
  return { root, input, isOffering: () => shown !== null };
}
