import { grouped } from "../../scene/numbers";
import { colorOf, css } from "../../scene/palette";
import { type Class, inHand, type Review } from "../../state/review";
import { classes, standing, undoable } from "../../state/standing";
import type { Theme } from "../../state/types";
import { button, html, onChange } from "../element";

/** What the buttons do. */
export interface Choices {
  keep(): void;
  suggested(): void;
  drop(): void;
  unsure(): void;
  choose(name: string): void;
  find(): void;
  create(): void;
  note(): void;
  tag(): void;
  undo(): void;
  skip(): void;
  back(): void;
}

const DIGITS = 9; // classes with a key and a button

const word = (text: string) => html("span", { dir: "auto" }, text);
const key = (cap: string) => html("kbd", { "aria-hidden": "true" }, cap);

/** A button that says its key. A press leaves the focus where it is, and with it the keys. */
function choice(cap: string, label: string, run: () => void, name = ""): HTMLButtonElement {
  const made = button({ class: "carto-choice", "data-choice": name }, key(cap), word(label));
  made.addEventListener("pointerdown", (event) => event.preventDefault());
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", () => made.ariaDisabled !== "true" && run());
  return made;
}

/** How many samples have it, before where that was another number. */
function quantity({ before, after }: Class): HTMLElement[] {
  if (after === undefined) return [];
  const was = before === undefined || before === after ? [] : [`${grouped(before)} → `];
  return [html("small", {}, ...was.map((text) => html("span", {}, text)), grouped(after))];
}

/** The colour of a class: its own, or that of its place among the labels. */
export function classColor({ color }: Class, index: number, theme: Theme): string {
  if (color && /^#[0-9a-f]{6}$/i.test(color)) return color;
  const column = { kind: "category", domain: [0, 0] } as unknown as Parameters<typeof colorOf>[0];
  return css(colorOf(column, index, theme));
}

/** One class with its colour and how many samples have it. */
function classChoice(one: Class, index: number, theme: Theme, choose: (name: string) => void) {
  const cap = index < DIGITS ? String(index + 1) : "";
  const made = choice(cap, one.name, () => choose(one.name), "class");
  made.title = one.rule ? `${one.name}: ${one.rule}` : one.name;
  const dot = html("i", { style: `background:${classColor(one, index, theme)}` });
  made.querySelector("span")!.before(dot);
  made.append(...quantity(one));
  return made;
}

/** The buttons under the sample. */
export function choices(run: Choices) {
  const keep = choice("K", "Keep", run.keep, "keep");
  const suggest = choice("↵", "Suggested", run.suggested, "suggested");
  const drop = choice("D", "Drop", run.drop, "drop");
  const unsure = choice("U", "Unsure", run.unsure, "unsure");
  const find = choice("/", "Find", run.find, "find");
  const create = choice("N", "New class", run.create, "create");
  const undo = choice("Z", "Undo", run.undo, "undo");
  const back = choice("←", "Back", run.back, "back");
  const verdicts = html("div", { class: "carto-review-verdicts" }, keep, suggest, drop, unsure);
  const labels = html("div", {
    class: "carto-review-classes",
    role: "group",
    "aria-label": "Classes",
  });
  const others = [
    back,
    choice("→", "Skip", run.skip, "skip"),
    undo,
    choice("M", "Note", run.note, "note"),
    choice("T", "Tag", run.tag, "tag"),
    find,
    create,
  ];
  const rest = html("div", { class: "carto-review-others" }, ...others);
  const root = html("div", { class: "carto-review-choices" }, verdicts, labels, rest);
  let [now, theme] = [null as Review | null, "light" as Theme];

  /** Class buttons are made again where there are others; the one with the focus keeps it. */
  const fill = onChange(() => {
    const all = classes(now!).slice(0, DIGITS);
    const at = [...labels.children].findIndex((one) => one.matches(":focus"));
    const made = all.map((one, i) => classChoice(one, i, theme, run.choose));
    labels.replaceChildren(...made);
    (labels.children[at] as HTMLElement | undefined)?.focus({ preventScroll: true });
  });
  function dress(review: Review): void {
    const sample = inHand(review);
    const { decided } = standing(review, review.at);
    const { blind } = review.told!;
    const is = (one: HTMLButtonElement, isChosen: boolean, isOff = !sample) => {
      one.ariaDisabled = isOff ? "true" : null;
      one.ariaPressed = String(isChosen);
    };
    const label = decided?.kind === "relabel" ? decided.to : null;
    is(keep, decided?.kind === "keep", !sample || blind);
    is(drop, decided?.kind === "drop");
    is(unsure, decided?.kind === "unsure");
    is(suggest, false, !sample?.suggested);
    suggest.ariaPressed = null;
    suggest.lastElementChild!.textContent = sample?.suggested
      ? `Suggested: ${sample.suggested}`
      : "No suggestion";
    const names = classes(review);
    for (const [i, one] of [...labels.querySelectorAll("button")].entries())
      if (names[i] && one.dataset.choice === "class")
        is(
          one,
          label === names[i].name || (decided?.kind === "keep" && sample?.gold === names[i].name),
        );
    undo.ariaDisabled = undoable(review) ? null : "true";
    back.ariaDisabled = review.at > 0 ? null : "true";
    for (const one of others.slice(1).filter((each) => each !== undo))
      one.ariaDisabled = sample ? null : "true";
  }
  return {
    root,
    update(review: Review, next: Theme): void {
      [now, theme] = [review, next];
      const all = classes(review).flatMap((one) => [
        one.name,
        one.color,
        one.rule,
        one.before,
        one.after,
      ]);
      fill([...all, theme]);
      dress(review);
    },
  };
}
