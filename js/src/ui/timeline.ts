import { isNarrow } from "../scene/layout";
import type { Action } from "../state/actions";
import {
  epochName,
  follow,
  handle,
  isBehind,
  SPEEDS,
  step,
  stops,
  stopWord,
  toggleFollow,
  togglePlay,
} from "../state/epochs";
import type { Model, ModelStore } from "../state/model";
import { type Curve, hasPast, setTime } from "../state/timeline";
import type { ViewStore } from "../state/view";
import type { Topic } from "./announcer";
import { become, html, icon, OWN_KEYS, onChange } from "./element";
import { scrubber } from "./scrubber";
import type { Entry } from "./toolbar";

const PLAY = "M5 3.200v9.600l7.500-4.800Z";
const HOLD = "M5.500 3.500v9M10.500 3.500v9";
const BACK = "M11 3.500 6 8l5 4.500ZM4.500 3.500v9";
const ON = "M5 3.500 10 8l-5 4.500ZM11.500 3.500v9";
const TRAILS =
  "M2.500 12.500c2.500-.5 2.800-3 4.500-4s3 .5 4.200-1.500M13.300 4.300a1.400 1.400 0 1 1-2.800 0 1.400 1.400 0 0 1 2.800 0M2.500 12.500h.01";

function button(label: string, path: string | null, press: () => void, signal: AbortSignal) {
  const made = html("button", { type: "button", ...OWN_KEYS });
  named(made, label);
  if (path) made.append(icon(path));
  made.addEventListener("click", press, { signal });
  return made;
}

/** Its name is what it does, without the key. */
function named(made: HTMLElement, label: string): void {
  made.title = label;
  made.ariaLabel = label.split(" (")[0]!;
}

/** Keys of the timeline; without a past they do nothing. */
export function timeActions(model: ModelStore): Action[] {
  const action = (keys: string[], title: string, run: () => void): Action => ({
    keys,
    title,
    group: "time",
    off: () => (hasPast(model.get()) ? undefined : "the timeline begins with the second epoch"),
    run,
  });
  const far = () => stops(model.get()).length;
  return [
    action(["k"], "play the epochs, or stop", () => togglePlay(model)),
    action(["["], "an epoch back", () => step(model, -1)),
    action(["]"], "an epoch on", () => step(model, 1)),
    action(["{"], "the first epoch", () => step(model, -far())),
    action(["}"], "the newest epoch", () => follow(model)),
    action(["f"], "follow the training, or hold the picture", () => toggleFollow(model)),
    action(["t"], "trails of hovered and selected samples", () => toggleTrails(model)),
  ];
}

export const toggleTrails = (model: ModelStore): void =>
  setTime(model, { hasTrails: !model.get().time.hasTrails, isUsed: true });

/** Which epoch is shown; a slider says so itself. */
export const epochTopic: Topic = {
  now: ({ time }) => [time.epoch, time.held?.between],
  words(model) {
    const { epoch, epochs } = model.time;
    const at = handle(model) ?? 0;
    return epoch === null && !epochs?.names ? `the newest epoch, ${at}` : epochName(model, at);
  },
  isSaidBy: (focus) => focus?.role === "slider",
};

/** In the menu where the timeline has no room for it. */
export const trailsEntry = (model: ModelStore, view: ViewStore): Entry => ({
  name: "trails",
  isRare: true,
  group: "view",
  label: "Trails",
  hint: "where hovered and selected samples came from",
  key: "T",
  look: () => ({
    isOn: model.get().time.hasTrails,
    isHidden: !hasPast(model.get()) || !isNarrow(view.get().size),
  }),
  does: () => toggleTrails(model),
});

/** A tool whose stroke is a way through the epochs. */
export const pathEntry = (model: ModelStore, view: ViewStore): Entry => ({
  name: "path",
  isRare: true,
  group: "view",
  label: "Select along a path",
  hint: "draw the way that samples went: from where they were to where they came",
  look: () => ({ isOn: view.get().tool === "path", isHidden: !hasPast(model.get()) }),
  does() {
    setTime(model, { isUsed: true });
    view.set({ tool: view.get().tool === "path" ? "lasso" : "path" });
  },
});

/** What the button at the end says, and does. */
function ending(model: Model): { text: string; title: string; isOn: boolean } | null {
  const { frame } = model;
  if (isBehind(model)) {
    const word = frame?.live ? "live" : "newest";
    const title = "Show the newest epoch, and follow the training (F)";
    const name = epochName(model, frame?.epoch ?? 0);
    const text = model.time.epochs?.names ? name : `${word}: ${name}`;
    return { text, title, isOn: false };
  }
  if (!frame?.live) return null;
  return { text: "following", title: "Hold the picture; the training goes on (F)", isOn: true };
}

/** The row in which one moves through the epochs. */
export function timeline(model: ModelStore, signal: AbortSignal) {
  let chosen = "loss";
  const curves = (): readonly Curve[] => model.get().time.epochs?.curves ?? [];
  const curve = () => curves().find(({ name }) => name === chosen) ?? curves()[0] ?? null;
  const play = button("Play", PLAY, () => togglePlay(model), signal);
  const back = button("Back", BACK, () => step(model, -1), signal);
  const on = button("On", ON, () => step(model, 1), signal);
  const name = button("Curve", null, other, signal);
  const speed = button("Speed", null, faster, signal);
  const trails = button(
    "Trails of hovered and selected samples (T)",
    TRAILS,
    () => toggleTrails(model),
    signal,
  );
  const live = button("Follow the training (F)", null, () => toggleFollow(model), signal);
  name.className = "carto-curve-name";
  speed.className = "carto-speed";
  live.className = "carto-live";
  for (const one of [back, on, speed, trails]) one.dataset.wide = "";
  const slider = scrubber(model, curve, signal);
  const root = html(
    "div",
    { class: "carto-timeline", role: "group", "aria-label": "Timeline" },
    play,
    back,
    on,
    name,
    slider.root,
    speed,
    trails,
    live,
  );
  root.hidden = true;
  root.addEventListener("pointerenter", used, { signal });
  root.addEventListener("focusin", used, { signal });

  function used(): void {
    if (!model.get().time.isUsed) setTime(model, { isUsed: true });
  }
  function other(): void {
    const all = curves();
    const at = all.findIndex(({ name }) => name === curve()?.name);
    chosen = all[(at + 1) % all.length]?.name ?? chosen;
    setTime(model, {});
  }
  function faster(): void {
    const at = SPEEDS.indexOf(model.get().time.speed as (typeof SPEEDS)[number]);
    setTime(model, { speed: SPEEDS[(at + 1) % SPEEDS.length]! });
  }
  const draw = onChange(() => {
    const { time } = model.get();
    const word = stopWord(model.get());
    const article = word === "epoch" ? "An" : "A";
    named(play, time.isPlaying ? "Stop playing (K)" : `Play the ${word}s (K)`);
    named(back, `${article} ${word} back ([)`);
    named(on, `${article} ${word} on (])`);
    play.replaceChildren(icon(time.isPlaying ? HOLD : PLAY));
    speed.textContent = `${time.speed}x`;
    speed.title = `How fast the ${word}s play`;
    speed.ariaLabel = `Speed ${time.speed}x`;
    trails.setAttribute("aria-pressed", String(time.hasTrails));
    const shown = curve();
    name.textContent = shown?.name ?? "";
    name.ariaLabel = `Curve: ${shown?.name ?? "none"}`;
    name.hidden = shown === null;
    name.disabled = curves().length < 2;
    name.title = name.disabled
      ? (shown?.title ?? "")
      : `${shown?.title}: press for the other curve`;
  });
  const drawEnd = onChange(() => {
    const end = ending(model.get());
    live.style.visibility = end ? "" : "hidden";
    if (!end) return;
    [live.textContent, live.ariaLabel] = [end.text, end.text];
    live.title = end.title;
    live.setAttribute("aria-pressed", String(end.isOn));
  });
  return {
    root,
    update(): void {
      become(root, { hidden: !hasPast(model.get()) });
      if (root.hidden) return;
      const { time } = model.get();
      const of = [curve()?.name, curves().length, stopWord(model.get())];
      draw([time.isPlaying, time.speed, time.hasTrails, ...of]);
      const end = ending(model.get());
      drawEnd([end?.text, end?.isOn]);
      slider.update();
    },
  };
}
