import type { AnyModel } from "@anywidget/types";
import { wanted } from "../state/history";
import type { ModelStore } from "../state/model";
import { setTime } from "../state/timeline";
import { type AskKernel, Lost, later } from "./asking";
import type { Traits } from "./messages";

const OVERDUE = 8000; // ms after Python's answer until a frame that has not come is asked for again
const SETTLED = 200; // ms without another epoch until Python is told which is shown

/** Asks Python for the past frames that are wanted, one question at a time. */
export function refill(model: ModelStore, ask: AskKernel, signal: AbortSignal): void {
  const refused = new Set<number>();
  let told: unknown = null;
  let isAsked = false;
  let round = 0;
  let seen: readonly unknown[] = [];

  function look(): void {
    const { connection, isSample, time, frame } = model.get();
    const now = [connection, isSample, time, frame, isAsked];
    if (now.every((one, i) => one === seen[i])) return;
    seen = now;
    if (told !== time.epochs) refused.clear();
    told = time.epochs;
    if (isAsked || connection !== "live" || isSample) return;
    const epochs = wanted(model, refused);
    const isUrgent = time.epoch !== null && epochs[0] === time.epoch;
    const isComing = isUrgent ? time.awaited.has(epochs[0]!) : time.awaited.size > 0;
    if (epochs.length > 0 && !isComing) put(epochs);
  }
  function put(epochs: number[]): void {
    isAsked = true;
    round += 1;
    const mine = round;
    setTime(model, { awaited: new Set(epochs) });
    const without = (given: readonly number[]) => {
      for (const epoch of epochs) if (!given.includes(epoch)) refused.add(epoch);
    };
    ask("past", { epochs })
      .then(({ answer }) => without(answer.epochs as number[]))
      .catch((why) => why instanceof Lost || without([]))
      .finally(() => {
        isAsked = false;
        later(OVERDUE, signal, () => mine === round && forget());
        forget(refused);
      });
  }
  /** These are awaited no more; without any, none is. */
  function forget(gone?: ReadonlySet<number>): void {
    const { awaited } = model.get().time;
    const left = [...awaited].filter((epoch) => gone && !gone.has(epoch));
    setTime(model, { awaited: new Set(left) });
  }
  model.subscribe(look, signal);
}

/** The trait `epoch` and the epoch shown are one. */
export function syncEpoch(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  signal: AbortSignal,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const read = () => notebook.get("epoch") ?? null;
  let last = read();
  /** As it was set: the newest epoch, too, is held where it was asked for. */
  const put = (epoch: number | null) =>
    setTime(model, { epoch, isFollowing: epoch === null, held: null, isPlaying: false });
  function take(): void {
    const epoch = read();
    if (epoch === model.get().time.epoch) return;
    last = epoch;
    put(epoch);
  }
  function tell(): void {
    const { epoch } = model.get().time;
    if (epoch === last) return;
    last = epoch;
    clearTimeout(timer);
    timer = setTimeout(() => {
      notebook.set("epoch", model.get().time.epoch);
      notebook.save_changes();
    }, SETTLED);
  }
  if (last !== null) put(last);
  notebook.on("change:epoch", take);
  model.subscribe(tell, signal);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    notebook.off("change:epoch", take);
  });
}
