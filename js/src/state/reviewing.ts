import type { Action } from "./actions";
import {
  type Edit,
  inHand,
  isOpen,
  type Review,
  type ReviewStore,
  type Saying,
  said,
  type Verdict,
} from "./review";
import { classes, following, standing, undoable } from "./standing";

/** What is asked for in a field of the panel. */
export type Field = "find" | "class" | "note" | "tag";
export interface NewClass {
  name: string;
  color: string;
  rule: string;
}
/** What a reviewer can do. */
export type Reviewing = ReturnType<typeof reviewing>;

/**
 * Decisions about the sample in hand.
 *
 * @param bring brings an edit to Python
 */
export function reviewing(review: ReviewStore, bring: (edit: Edit) => void) {
  const isReady = () => isOpen(review.get()) && inHand(review.get()) !== undefined;

  function say(saying: Saying, then: (now: Review) => Partial<Review> = () => ({})): void {
    const [now, edit] = said({ ...review.get(), refusal: null }, saying, Date.now());
    bring(edit);
    review.set({ ...now, ...then(now) });
  }
  function decide(kind: Verdict, to?: string): void {
    if (!isReady()) return;
    const next = (now: Review) => ({ at: following(now, now.at) });
    const { decided } = standing(review.get(), review.get().at);
    if (decided?.kind === kind && decided.to === to) review.set(next(review.get()));
    else say({ kind, ...(to !== undefined && { to }) }, next);
  }
  /** This class: the one it has is kept. */
  function choose(name: string): void {
    if (inHand(review.get())?.gold === name) decide("keep");
    else decide("relabel", name);
  }
  function suggested(): void {
    const name = inHand(review.get())?.suggested;
    if (name) choose(name);
  }
  function create({ name, color, rule }: NewClass): void {
    if (!isReady()) return;
    const isThere = classes(review.get()).some((one) => one.name === name);
    const about = { position: -1, row: -1, guid: "" };
    if (!isThere) say({ kind: "class", name, color, ...(rule && { rule }), ...about });
    choose(name);
  }
  function undo(): void {
    const target = undoable(review.get());
    if (!target) return;
    const { id: of, position, row, guid } = target;
    say({ kind: "undo", of, position, row, guid }, ({ at }) => ({
      at: position < 0 ? at : position,
    }));
  }
  function note(text: string): void {
    if (isReady() && text !== standing(review.get(), review.get().at).note)
      say({ kind: "note", note: text });
  }
  /** The same tag once more takes it away. */
  function tag(name: string): void {
    if (!isReady()) return;
    const has = standing(review.get(), review.get().at).tags.includes(name);
    say({ kind: has ? "untag" : "tag", tag: name });
  }
  function step(by: number): void {
    const { told, at } = review.get();
    if (told) review.set({ at: Math.max(0, Math.min(told.size, at + by)) });
  }
  return { decide, choose, suggested, create, undo, note, tag, step };
}

const DIGITS = 9;

/** The keys of the panel, listed under `?`. */
export function reviewKeys(
  review: ReviewStore,
  hand: Reviewing,
  ask: (field: Field) => void,
  leave: () => void,
): Action[] {
  const action = (keys: string[], title: string, run: () => void): Action => ({
    keys,
    title,
    group: "review",
    run,
  });
  const digit = (n: number): Action =>
    action([`${n}`], `class ${n}`, () => {
      const one = classes(review.get())[n - 1];
      if (one) hand.choose(one.name);
    });
  const keep = () => review.get().told?.blind || hand.decide("keep");
  return [
    action(["k"], "keep the gold label", keep),
    action(["Enter", "s"], "the suggested class", hand.suggested),
    ...Array.from({ length: DIGITS }, (_, i) => digit(i + 1)),
    action(["/"], "find a class", () => ask("find")),
    action(["n"], "a new class", () => ask("class")),
    action(["d"], "drop the sample", () => hand.decide("drop")),
    action(["u"], "unsure", () => hand.decide("unsure")),
    action(["m"], "a note", () => ask("note")),
    action(["t"], "a tag", () => ask("tag")),
    action(["z", "Ctrl+z"], "undo", hand.undo),
    action(["ArrowRight", " "], "skip", () => hand.step(1)),
    action(["ArrowLeft"], "back", () => hand.step(-1)),
    action(["Escape"], "leave; decisions are kept", leave),
  ];
}
