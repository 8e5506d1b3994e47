import type { ReviewStore } from "../../state/review";
import type { Field, Reviewing } from "../../state/reviewing";
import { classes, standing } from "../../state/standing";
import { button, html, OWN_KEYS } from "../element";
import { field } from "../names";
import { picker } from "../picker";

const LONGEST = 2000; // letters of a note, and of a rule
const COLORS = "#009e73 #cc79a7 #56b4e9 #e69f00 #78004b #1414f0".split(" ");

/** A line to type in, which Enter sends. */
function form(label: string, send: (text: string) => void) {
  const input = field(label, "");
  const put = html("button", { type: "submit", class: "carto-put", ...OWN_KEYS }, "Save");
  const root = html("form", { class: "carto-review-form" }, input, put);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    send(input.value.trim());
  });
  return { root, input };
}

/** A new class: its name, its colour, and what belongs to it. */
function newClass(make: (name: string, color: string, rule: string) => void) {
  const { root, input } = form("Name of the new class", (name) => {
    if (name) make(name, color.value, rule.value.trim());
  });
  const color = html("input", { type: "color", "aria-label": "Its colour", ...OWN_KEYS });
  const rule = field("What belongs here", "");
  rule.required = false;
  rule.maxLength = LONGEST;
  root.lastElementChild!.before(color, rule);
  return { root, input, color, rule };
}

/** The line over the buttons in which something is typed: one at a time, Esc puts it away. */
export function fields(
  review: ReviewStore,
  hand: Reviewing,
  left: () => void,
  signal: AbortSignal,
) {
  const done = <T extends unknown[]>(run: (...all: T) => void) => {
    return (...all: T) => {
      close();
      run(...all);
    };
  };
  const pick = (name: string | null) => name !== null && done(hand.choose)(name);
  const find = picker("Find a class", pick, signal, "no such class: N makes a new one");
  const create = newClass(done((name, color, rule) => hand.create({ name, color, rule })));
  const note = form("Note", done(hand.note));
  const tag = form(
    "Tag (the same once more takes it away)",
    done((name) => name && hand.tag(name)),
  );
  note.input.maxLength = LONGEST;
  note.input.required = false;
  const finding = html(
    "div",
    { class: "carto-review-form carto-review-find" },
    find.list,
    find.field,
  );
  const roots: Record<Field, HTMLElement> = {
    find: finding,
    class: create.root,
    note: note.root,
    tag: tag.root,
  };
  const shut = button({ class: "carto-review-shut", "aria-label": "Put away (Esc)" }, "×");
  shut.addEventListener("click", () => close());
  const root = html("div", { class: "carto-review-field", hidden: "" });

  function close(): void {
    if (root.hidden) return;
    root.hidden = true;
    left();
  }
  function open(which: Field): void {
    const now = review.get();
    root.replaceChildren(roots[which], shut);
    root.hidden = false;
    if (which === "find") {
      const group = "";
      const all = classes(now).map(({ name, rule = "" }) => ({
        value: name,
        label: name,
        note: rule,
        group,
      }));
      find.update(all, null);
      find.field.focus();
      find.open();
      return;
    }
    const input = { class: create, note, tag }[which].input;
    if (which === "class") {
      create.color.value = COLORS[classes(now).length % COLORS.length]!;
      create.rule.value = "";
    }
    input.value = which === "note" ? standing(now, now.at).note : "";
    input.focus();
    input.select();
  }
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape") close();
      else if (event.key === "Tab") return;
      event.stopPropagation(); // what is typed is no command
    },
    { signal },
  );
  return { root, open, close, isOpen: () => !root.hidden };
}
