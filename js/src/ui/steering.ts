import { controlText, placeOf, STEPS, valueAt } from "../scene/slider";
import type { Model } from "../state/model";
import type { Control, Order } from "../state/types";
import { html, icon, OWN_KEYS, onChange } from "./element";

/** Asks something of the training. */
export type Steer = (what: Order | "set", set?: [name: string, value: number]) => void;

const ICONS: Record<Order, string> = {
  pause: "M5.500 3.500v9M10.500 3.500v9",
  resume: "M5 3.200v9.600l7.500-4.800Z",
  stop: "M4 4h8v8H4Z",
};
const LABELS: Record<Order, string> = {
  pause: "Pause training",
  resume: "Let training go on",
  stop: "Stop training after this batch; what is recorded is kept",
};
const SURE = "stop training?";
const PATIENCE = 3000; // ms in which a second press stops
const SETTLED = 150; // ms without another movement until a slider's value is sent

/** Whether there is a training at the other end that can be asked for anything. */
const isReached = ({ connection }: Model): boolean => connection === "live";

function button(press: (event: MouseEvent) => void, signal: AbortSignal): HTMLButtonElement {
  const made = html("button", { type: "button", ...OWN_KEYS });
  made.addEventListener("click", press, { signal });
  // A key that is held down is one press.
  made.addEventListener("keydown", (event) => event.repeat && event.preventDefault(), { signal });
  return made;
}

/** What a button says and shows. */
function label(made: HTMLButtonElement, what: Order, words: string | null): void {
  made.title = LABELS[what];
  made.ariaLabel = words ?? LABELS[what].split(" after")[0]!;
  made.replaceChildren(words ?? icon(ICONS[what]));
}

/** Pause, go on, stop: what the training can be asked for now. */
export function transport(steer: Steer, signal: AbortSignal) {
  let can: readonly Order[] = [];
  let sure: ReturnType<typeof setTimeout> | undefined;
  const hold = button(() => {
    if (!hold.hasAttribute("data-waits")) steer(turn());
  }, signal);
  const stop = button((event) => {
    if (stop.hasAttribute("data-waits") || event.detail > 1) return; // a double click is one
    if (sure === undefined) return arm();
    disarm();
    steer("stop");
  }, signal);
  stop.className = "carto-stop";
  const named = { role: "group", "aria-label": "Training" };
  const root = html("span", { class: "carto-transport", ...named }, hold, stop);
  signal.addEventListener("abort", () => clearTimeout(sure));

  const turn = (): Order => (can.includes("resume") ? "resume" : "pause");
  function arm(): void {
    sure = setTimeout(disarm, PATIENCE);
    label(stop, "stop", SURE);
  }
  function disarm(): void {
    clearTimeout(sure);
    sure = undefined;
    label(stop, "stop", null);
  }
  const write = onChange(() => {
    root.hidden = can.length === 0;
    label(hold, turn(), null);
    disarm();
  });
  return {
    root,
    update(model: Model) {
      can = (isReached(model) && model.status?.can) || [];
      write([can.join()]);
      hold.toggleAttribute(
        "data-waits",
        model.asks.some(({ order }) => order === turn()),
      );
      stop.toggleAttribute(
        "data-waits",
        model.asks.some(({ order }) => order === "stop"),
      );
    },
  };
}

/** One control with its name and its value. */
function slider(control: Control, set: (value: number) => void, signal: AbortSignal) {
  let draft: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const range = `${controlText(control.min)} to ${controlText(control.max)}`;
  const input = html("input", {
    type: "range",
    min: 0,
    max: STEPS,
    "aria-label": control.name,
    title: `${control.name}, from ${range}`,
    ...OWN_KEYS,
  });
  const value = html("output", {});
  const name = html("bdi", { title: control.name }, control.name);
  const root = html("label", { class: "carto-control" }, name, input, value);

  function write(shown: number, isWaiting: boolean): void {
    const text = controlText(shown);
    if (draft === null) input.value = String(placeOf(control, shown));
    input.style.setProperty("--carto-at", `${input.value}%`);
    if (value.textContent !== text) value.textContent = text;
    if (input.ariaValueText !== text) input.ariaValueText = text;
    root.toggleAttribute("data-waits", isWaiting);
  }
  function moved(): void {
    draft = valueAt(control, Number(input.value));
    write(draft, false);
  }
  function settled(): void {
    clearTimeout(timer);
    if (draft !== null) root.toggleAttribute("data-waits", true);
    timer = setTimeout(() => {
      if (draft !== null) set(draft);
      draft = null;
    }, SETTLED);
  }
  input.addEventListener("input", moved, { signal });
  input.addEventListener("change", settled, { signal });
  input.addEventListener("blur", settled, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    root,
    update: (shown: number, isWaiting: boolean) => draft === null && write(shown, isWaiting),
  };
}

/** A slider for each number that the loop reads. */
export function sliders(steer: Steer, signal: AbortSignal) {
  const root = html("div", { class: "carto-controls", role: "group", "aria-label": "Controls" });
  let controls: readonly Control[] = [];
  let made: ReturnType<typeof slider>[] = [];
  let life = new AbortController();
  signal.addEventListener("abort", () => life.abort());
  const rebuild = onChange(() => {
    life.abort();
    life = new AbortController();
    const make = (control: Control) =>
      slider(control, (value) => steer("set", [control.name, value]), life.signal);
    made = controls.map(make);
    root.replaceChildren(...made.map((each) => each.root));
    root.hidden = controls.length === 0;
  });
  root.hidden = true;
  return {
    root,
    update(model: Model) {
      controls = (isReached(model) && model.status?.controls) || [];
      rebuild(controls.flatMap(({ name, min, max, log }) => [name, min, max, log]));
      for (const [i, { name, value }] of controls.entries()) {
        const asked = model.asks.filter((ask) => ask.order === "set" && ask.name === name).at(-1);
        made[i]!.update(asked?.value ?? value, asked !== undefined);
      }
    },
  };
}
