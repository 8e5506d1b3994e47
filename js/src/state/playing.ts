import { advance } from "./epochs";
import type { ModelStore } from "./model";

const EPOCH = 800; // ms an epoch at speed 1

/** Lets the epochs pass while the map plays, until the signal ends it. */
export function playing(model: ModelStore, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waited = 0;
  function tick(): void {
    timer = undefined;
    const before = model.get().time.epoch;
    if (!model.get().time.isPlaying || !advance(model, waited)) return;
    waited = model.get().time.epoch === before ? waited + 1 : 0;
    start();
  }
  function start(): void {
    const { isPlaying, speed } = model.get().time;
    if (isPlaying) timer ??= setTimeout(tick, EPOCH / speed);
    else {
      clearTimeout(timer);
      timer = undefined;
    }
  }
  model.subscribe(start, signal);
  signal.addEventListener("abort", () => clearTimeout(timer));
}
