import { keyOf } from "../../state/actions";
import { failed, type ModelStore } from "../../state/model";
import { inHand, isOpen, type ReviewStore, waiting } from "../../state/review";
import { type Field, type Reviewing, reviewKeys } from "../../state/reviewing";
import { counts, standing } from "../../state/standing";
import type { ViewStore } from "../../state/view";
import { button, focused, html, OWN_KEYS, onChange } from "../element";
import { loans } from "../parts";
import { choices } from "./choices";
import { fields } from "./fields";
import { whole } from "./sample";
import { pace, place, progress, reachable, spoken, unsent } from "./words";

const BESIDE = 900; // px of width from which it stands beside the map
const VERDICTS = new Set(["k", "Enter", "s", "d", "u", ..."123456789"]);

/** Where one is: place, progress, order, what waits. */
function heading(leave: () => void) {
  const [at, how, rest] = [html("h3"), html("p"), html("span")];
  const reach = html("span", { class: "carto-review-reach" }); // while the focus is elsewhere
  const more = html("p", { class: "carto-review-more" }, reach, rest);
  const bar = html("i");
  const track = html(
    "div",
    {
      class: "carto-review-track",
      role: "progressbar",
      "aria-label": "decided",
      "aria-valuemin": 0,
    },
    bar,
  );
  const close = button(
    { class: "carto-review-leave", title: "Leave (Esc); decisions are kept" },
    "×",
  );
  close.ariaLabel = "Leave the review";
  close.addEventListener("click", leave);
  const root = html("div", { class: "carto-review-head" }, at, how, close, track, more);
  return {
    root,
    update(review: ReturnType<ReviewStore["get"]>): void {
      const { size, order, reviewer, blind, estimate } = review.told!;
      const { decided } = counts(review);
      const put = (node: HTMLElement, text: string) => {
        if (node.textContent !== text) node.textContent = text;
      };
      put(at, place(review));
      put(how, progress(review));
      put(reach, reachable(review));
      const who = reviewer ? `reviewer ${reviewer}` : "";
      const facts = [order, blind ? "blind" : "", pace(review), who, estimate ?? ""];
      const wait = unsent(review, Date.now());
      put(rest, wait || facts.filter(Boolean).join(" · "));
      more.title = rest.textContent;
      more.toggleAttribute("data-waits", wait !== "");
      bar.style.width = `${(100 * decided) / Math.max(1, size)}%`;
      track.ariaValueMax = String(size);
      track.ariaValueNow = String(decided);
    },
  };
}

/** Beside the map, over it where it is narrow: one sample at a time, and what can be said of it. */
export function panel(
  model: ModelStore,
  view: ViewStore,
  review: ReviewStore,
  hand: Reviewing,
  leave: () => void,
  signal: AbortSignal,
) {
  const held = loans();
  const ask = (which: Field) => inHand(review.get()) && field.open(which);
  const buttons = choices({
    ...hand,
    keep: () => hand.decide("keep"),
    drop: () => hand.decide("drop"),
    unsure: () => hand.decide("unsure"),
    find: () => ask("find"),
    create: () => ask("class"),
    note: () => ask("note"),
    tag: () => ask("tag"),
    skip: () => hand.step(1),
    back: () => hand.step(-1),
  });
  const head = heading(leave);
  const body = html("div", {
    class: "carto-review-body",
    role: "application", // so that a screen reader hands the keys on
    "aria-roledescription": "sample",
    "aria-label": "Sample",
    tabindex: 0,
    ...OWN_KEYS,
  });
  const field = fields(review, hand, () => refocus(), signal);
  const foot = html("div", { class: "carto-review-foot" }, field.root, buttons.root);
  const root = html(
    "aside",
    { class: "carto-review", "aria-label": "Review", hidden: "" },
    head.root,
    body,
    foot,
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const actions = reviewKeys(review, hand, ask, leave);
  const known = new Map(actions.flatMap((one) => one.keys.map((key) => [key, one])));

  const refocus = () => body.focus({ preventScroll: true });
  head.root.addEventListener("click", () => root.hidden || refocus());
  const fill = onChange(() => {
    const now = review.get();
    const sample = inHand(now);
    held.end();
    const blank = now.at < now.told!.size ? "waiting for Python" : `All through: ${progress(now)}.`;
    const empty = html("p", { class: "carto-review-blank" }, blank);
    body.replaceChildren(...(sample ? whole(sample, standing(now, now.at), held) : [empty]));
    root.dataset.position = sample ? String(now.at) : "";
    body.ariaLabel = spoken(now) || blank;
  });
  const turn = onChange(() => {
    field.close();
    body.scrollTop = 0;
  });
  function draw(): void {
    const [now, { room, theme, browser, pinned }] = [review.get(), view.get()];
    const isShown = isOpen(now) && browser === null && pinned === null;
    const wasShown = !root.hidden;
    root.hidden = !isShown;
    if (wasShown && !isShown) view.set({ pointed: null });
    if (!isShown) return;
    root.toggleAttribute("data-over", room.width < BESIDE);
    const { decided, note, tags } = standing(now, now.at);
    turn([now.at, now.told!.id]);
    const { parts, curve, said, neighbours } = inHand(now) ?? {};
    const stands = [decided?.kind, decided?.to, note, tags.join("\n")];
    fill([now.told!.id, now.at, parts, curve, said, neighbours, ...stands]);
    head.update(now);
    buttons.update(now, theme);
    const row = inHand(now)?.row ?? null;
    if (view.get().pointed !== row) view.set({ pointed: row });
    if (!wasShown && isNear(root)) refocus();
    clearTimeout(timer);
    if (waiting(now).length) timer = setTimeout(drawSafely, 1000);
  }
  function drawSafely(): void {
    try {
      draw();
    } catch (error) {
      failed(model, error);
    }
  }
  function press(event: KeyboardEvent): void {
    const key = keyOf(event);
    const target = event.target as HTMLElement;
    const isOwn = target.tagName === "BUTTON" && (key === "Enter" || key === " ");
    const action = known.get(key);
    if (event.defaultPrevented || isOwn || target.closest("audio")) return;
    if (key !== "?" && key !== "R") event.stopPropagation(); // the map's keys mean something else
    if (!action) return;
    event.preventDefault();
    if (!(event.repeat && VERDICTS.has(key))) action.run();
  }
  root.addEventListener("keydown", press, { signal });
  review.subscribe(drawSafely, signal);
  view.subscribe(drawSafely, signal);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    held.end();
  });
  return { root, actions, focus: refocus, update: drawSafely };
}

/** Is the focus in the map, or nowhere? Then it goes to what opens. */
function isNear(root: HTMLElement): boolean {
  const at = focused(root);
  return !at || at === document.body || root.closest(".carto")?.contains(at) === true;
}
