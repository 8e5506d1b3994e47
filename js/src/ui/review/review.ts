import { grouped } from "../../scene/numbers";
import type { Bits } from "../../state/bits";
import type { ModelStore } from "../../state/model";
import { inHand, isOpen, type ReviewStore } from "../../state/review";
import type { Reviewing } from "../../state/reviewing";
import { counts } from "../../state/standing";
import type { ViewStore } from "../../state/view";
import type { Feature } from "../feature";
import { opening } from "../toolbar";
import { reviewMarks } from "./marks";
import { panel } from "./panel";
import { spoken } from "./words";

const ICON = "M2.500 4.500 4 6l2.500-3M9 4.500h4.500M2.500 11 4 12.500l2.500-3M9 11.500h4.500";
const NOTICE = 4000; // ms

/** Asks Python: a question whose answer is not waited for, and an order whose fault is said. */
export interface Python {
  ask(what: string, about: object, buffers: [], isQuiet: true): Promise<unknown>;
  tell(what: string, about: object): void;
}

/** The panel that shows one sample after the other, its button, and its marks on the map. */
export function reviewFeature(
  model: ModelStore,
  view: ViewStore,
  review: ReviewStore,
  hand: Reviewing,
  python: Python,
  root: HTMLElement,
  signal: AbortSignal,
): Feature {
  let was: { id: string; selected: Bits } | null = null; // the review that was left
  let unsay: () => void = () => {};
  function leave(): void {
    const { told } = review.get();
    if (!told || !isOpen(review.get())) return;
    const { decided } = counts(review.get());
    const kept = decided === 1 ? "1 decision is" : `${grouped(decided)} decisions are`;
    const notice = `review left; ${kept} kept, Shift R goes on`;
    python.ask("leave-review", { review: told.id }, [], true).catch(() => {}); // left here anyway
    was = { id: told.id, selected: model.get().selection.bits };
    review.set({ left: told.id });
    model.set({ notice });
    unsay = () => model.get().notice === notice && model.set({ notice: null });
    setTimeout(unsay, NOTICE);
    root.querySelector("canvas")?.focus({ preventScroll: true });
  }
  const made = panel(model, view, review, hand, leave, signal);
  const marks = reviewMarks(view, review);
  function open(): void {
    const { told } = review.get();
    const { count, bits } = model.get().selection;
    const isLeft = was !== null && was.id === told?.id && (!count || bits === was.selected);
    if (isOpen(review.get())) {
      bare();
      made.focus();
    } else if (isLeft) python.tell("new-review", { review: was!.id });
    else python.tell("new-review", { rows: count ? "selection" : "all" });
  }
  /** Keys of a map that is hidden do nothing. */
  function keepOff(event: KeyboardEvent): void {
    const isElsewhere = !(event.target as Element).closest(".carto-review, .carto-popover");
    if (model.get().isBlind && isElsewhere && !"?R".includes(event.key)) event.stopPropagation();
  }
  const bare = () => view.set({ browser: null, pinned: null }); // the panel's place
  let opened: string | undefined;
  review.subscribe(() => {
    const now = isOpen(review.get()) ? review.get().told! : undefined;
    const isOther = now?.id !== opened;
    opened = now?.id;
    if (isOther && now) {
      bare();
      unsay();
    }
    model.set(isOther ? { isBlind: now?.blind === true } : {}); // or what is told has changed
  }, signal);
  root.addEventListener("keydown", keepOff, { signal, capture: true });
  return {
    entries: [
      {
        name: "review",
        isRare: true,
        group: "samples",
        label: "Review",
        hint: "one sample after the other: keep, relabel, drop",
        key: "Shift R",
        icon: ICON,
        does: open,
        look: () => ({
          isOn: isOpen(review.get()),
          ...(model.get().connection !== "live" && { off: "Decisions are kept by Python" }),
        }),
      },
    ],
    actions: [opening("R", "review samples one by one", open)],
    listed: made.actions,
    topics: [
      {
        now: ({ isBlind }) => [isBlind],
        words: ({ isBlind }) => `the map is ${isBlind ? "hidden while you review blind" : "back"}`,
      },
      {
        now: () => [isOpen(review.get()), review.get().at, inHand(review.get())?.guid],
        words: () => (isOpen(review.get()) ? spoken(review.get()) : ""),
      },
    ],
    at: { beside: made.root, over: marks.root },
    update(layout, now) {
      made.update();
      marks.update(layout, now);
    },
    close() {
      const wasOpen = isOpen(review.get());
      leave();
      return wasOpen;
    },
  };
}
