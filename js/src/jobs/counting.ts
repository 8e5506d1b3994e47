import { type Binning, SIDES, type Tallies } from "../scene/histograms";
import { failed, type ModelStore } from "../state/model";
import { type Frame, LATTICE } from "../state/types";
import type { Rows } from "./rows";

/** What was counted last, which may be of an older frame. */
export interface Counted {
  of: Frame;
  binning: Binning;
  tallies: Tallies;
  /** Where the axes are cut into regions. */
  cuts: Record<"x" | "y", Marked[]>;
}
/** A cut, by the value that it is at. */
export interface Marked {
  value: number;
  text: string;
}
/** Says what is known of these bins, and sees to it that it is counted anew where that has changed. */
export type Count = (frame: Frame, binning: Binning) => Counted | null;

const REST = 100; // ms from one count to the next

type Counter = Pick<Rows, "histograms" | "top">;

/** Where an axis is cut; what follows from a share of the rows is looked for among them. */
async function cutsOf(frame: Frame, axis: "x" | "y", rows: Counter): Promise<Marked[]> {
  const { name, domain } = frame[axis];
  const marked: Marked[] = [];
  for (const { column, at, top, text } of frame.cuts ?? []) {
    if (column !== name) continue;
    const code = top === null ? null : await rows.top(frame, { axis, share: top });
    const value = code === null ? at : domain[0] + (code / LATTICE) * (domain[1] - domain[0]);
    if (value !== null) marked.push({ value, text });
  }
  return marked;
}

/** Counts rows into bins, one count at a time and ten a second at the most. */
export function counting(
  model: ModelStore,
  rows: Counter,
  changed: () => void,
  signal: AbortSignal,
): Count {
  let known: Counted | null = null;
  let of: Frame | null = null;
  let cuts: Counted["cuts"] = { x: [], y: [] };
  let last: readonly unknown[] = [];
  let began = Number.NEGATIVE_INFINITY;
  let isBusy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wanted: [Frame, Binning];
  signal.addEventListener("abort", () => clearTimeout(timer));

  async function count(frame: Frame, binning: Binning): Promise<void> {
    isBusy = true;
    clearTimeout(timer);
    timer = undefined;
    began = performance.now();
    last = keyOf(frame, binning);
    try {
      if (of !== frame)
        cuts = { x: await cutsOf(frame, "x", rows), y: await cutsOf(frame, "y", rows) };
      of = frame;
      known = { of: frame, binning, tallies: await rows.histograms(frame, binning), cuts };
    } catch (error) {
      failed(model, error);
    } finally {
      isBusy = false;
      if (!signal.aborted) changed();
    }
  }
  function keyOf(frame: Frame, binning: Binning): readonly unknown[] {
    const { passing, selection } = model.get();
    const bins = SIDES.map((side) => Object.values(binning[side]).join()).join(";");
    return [frame, passing, selection.bits, bins];
  }
  function later(): void {
    if (isBusy || signal.aborted) return; // its end calls `changed`
    timer ??= setTimeout(() => void count(...wanted), began + REST - performance.now());
  }
  return (frame, binning) => {
    wanted = [frame, binning];
    if (keyOf(frame, binning).every((one, i) => one === last[i])) return known;
    if (isBusy || performance.now() < began + REST) later();
    else void count(frame, binning);
    return known;
  };
}
