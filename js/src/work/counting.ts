import { type Binning, SIDES, type Tallies } from "../scene/histograms";
import { failed, type ModelStore } from "../state/model";
import type { Frame } from "../state/types";
import type { Rows } from "./rows";

/** What was counted last, which may be of an older frame. */
export interface Counted {
  of: Frame;
  binning: Binning;
  tallies: Tallies;
}
/** Says what is known of these bins, and sees to it that it is counted anew where that has changed. */
export type Count = (frame: Frame, binning: Binning) => Counted | null;

const REST = 100; // ms from one count to the next

/** Counts rows into bins, one count at a time and ten a second at the most. */
export function counting(
  model: ModelStore,
  rows: Pick<Rows, "histograms">,
  changed: () => void,
  signal: AbortSignal,
): Count {
  let known: Counted | null = null;
  let done = "";
  let last: readonly unknown[] = [];
  let began = Number.NEGATIVE_INFINITY;
  let isBusy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));

  async function count(frame: Frame, binning: Binning): Promise<void> {
    isBusy = true;
    began = performance.now();
    try {
      known = { of: frame, binning, tallies: await rows.histograms(frame, binning) };
    } catch (error) {
      failed(model, error);
    } finally {
      isBusy = false;
      if (!signal.aborted) changed();
    }
  }
  function later(): void {
    if (isBusy || signal.aborted) return; // its end calls `changed`
    timer ??= setTimeout(
      () => {
        timer = undefined;
        changed();
      },
      began + REST - performance.now(),
    );
  }
  return (frame, binning) => {
    const { passing, selection } = model.get();
    const of = [frame, passing, selection.bits];
    const bins = SIDES.map((side) => Object.values(binning[side]).join()).join(";");
    if (bins === done && of.every((one, i) => one === last[i])) return known;
    if (isBusy || performance.now() < began + REST) later();
    else {
      [last, done] = [of, bins];
      void count(frame, binning);
    }
    return known;
  };
}
