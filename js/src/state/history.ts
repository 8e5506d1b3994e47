import { drawnOf, isSameView } from "./columns";
import type { ModelStore } from "./model";
import { shared } from "./shared";
import type { History } from "./timeline";
import type { Frame } from "./types";

export const BUDGET = 256 * 2 ** 20; // bytes of all maps of a page
export const MOST_ROWS = 4_000_000; // samples of a map that has no past here

/** Of one map, for the others on the page to reckon with. */
interface Shelf {
  history(): History;
  /** Not to be taken away: it is on the screen. */
  kept(): number | null;
  drop(epoch: number): void;
}
type Kept = { history: History; version?: number; awaited?: Set<number> };
const setHistory = (model: ModelStore, patch: Kept): void =>
  model.set({ time: { ...model.get().time, ...patch } });
const shelves = (): Set<Shelf> => shared("history", () => new Set<Shelf>());

/** Bytes of a frame's columns. */
export const bytesOf = ({ x, y, color, size, shape }: Frame): number =>
  [x, y, color, size, shape].reduce((sum, column) => sum + (column?.codes.byteLength ?? 0), 0);

/** Columns that several frames share, as one that never changes, count once. */
function held(history: History): number {
  const columns = new Set(
    [...history.values()].flatMap((f) => [f.x, f.y, f.color, f.size, f.shape]),
  );
  const codes = new Set([...columns].map((column) => column?.codes));
  return [...codes].reduce((sum, one) => sum + (one?.byteLength ?? 0), 0);
}

/** Bytes of all maps' past frames together. */
export const spent = (): number =>
  [...shelves()].reduce((sum, shelf) => sum + held(shelf.history()), 0);

/** The epoch that is missed least: it lies between two that are close; neither first nor newest. */
export function leastMissed(epochs: readonly number[], kept: number | null): number | null {
  const sorted = [...epochs].sort((a, b) => a - b);
  let [best, least] = [null as number | null, Infinity];
  for (let i = 1; i < sorted.length - 1; i++) {
    const gap = sorted[i + 1]! - sorted[i - 1]!;
    if (sorted[i] !== kept && gap < least) [best, least] = [sorted[i]!, gap];
  }
  if (best !== null || sorted.length < 2) return best;
  return sorted.slice(0, -1).find((epoch) => epoch !== kept) ?? null;
}

/** Takes frames away, from the map that has most, until the budget is kept. */
function thin(budget: number): void {
  const bySize = [...shelves()].sort((a, b) => held(b.history()) - held(a.history()));
  for (const shelf of bySize)
    while (spent() > budget) {
      const epoch = leastMissed([...shelf.history().keys()], shelf.kept());
      if (epoch === null) break;
      shelf.drop(epoch);
    }
}

/** The map's past frames count in the page's budget, until the signal ends it. */
export function shelve(model: ModelStore, signal: AbortSignal): void {
  const shelf: Shelf = {
    history: () => model.get().time.history,
    kept: () => model.get().time.epoch,
    drop(epoch) {
      const history = new Map(model.get().time.history);
      history.delete(epoch);
      setHistory(model, { history });
    },
  };
  shelves().add(shelf);
  signal.addEventListener("abort", () => shelves().delete(shelf));
}

/** A frame has come: frames of another view, or of what was taken back, are no longer its past. */
export function remember(model: ModelStore, frame: Frame, budget = BUDGET): void {
  const { history: old, version: before, awaited: asked } = model.get().time;
  const version = frame.version ?? 0;
  const isPast = frame.sealed === true && frame.epoch !== null && frame.rows <= MOST_ROWS;
  if (version < before || (version === before && !isPast)) return;
  if (version > before) holdAnew(model, frame);
  const history = new Map(version > before ? [] : old);
  const awaited = new Set(asked);
  if (isPast) {
    history.set(frame.epoch!, frame);
    awaited.delete(frame.epoch!);
  }
  setHistory(model, { history, version, awaited });
  thin(budget);
}

/** A picture that is held shows what is drawn now: of another view the first frame. */
function holdAnew(model: ModelStore, frame: Frame): void {
  const { time } = model.get();
  const { between } = time.held ?? {};
  if (time.held && !isSameView(drawnOf(time.held), drawnOf(frame)))
    model.set({ time: { ...time, held: { ...frame, ...(between && { between }) } } });
}

const AT_ONCE = 16; // epochs asked for together
const UNASKED = 32 * 2 ** 20; // bytes fetched before anybody has used the timeline

/** Epochs whose frames are wanted and neither here nor refused: first the one that is to be shown. */
export function wanted(model: ModelStore, refused: ReadonlySet<number>): number[] {
  const { frame, time } = model.get();
  if (!frame || frame.rows > MOST_ROWS || !time.epochs) return [];
  const isMissing = (epoch: number) => !time.history.has(epoch) && !refused.has(epoch);
  const newest = frame.live ? time.epochs.epochs.at(-1) : null; // comes without being asked for
  const missing = time.epochs.epochs.filter((one) => isMissing(one) && one !== newest);
  const { epoch } = time;
  const size = bytesOf(frame);
  const room = Math.floor((BUDGET - spent()) / Math.max(1, size));
  const isWorth = time.isUsed || missing.length * size <= UNASKED;
  const ahead = isWorth ? evenly(missing, Math.max(0, room)) : [];
  const later = ahead.filter((one) => one > (epoch ?? -1));
  const shown = epoch !== null && isMissing(epoch) ? [epoch] : [];
  return [...new Set([...shown, ...later, ...ahead])].slice(0, AT_ONCE);
}

/** At most so many of them, evenly spread, first and last among them. */
export function evenly<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  if (most < 2) return most < 1 ? [] : [all.at(-1)!];
  const pick = (i: number) => all[Math.round((i * (all.length - 1)) / (most - 1))]!;
  return Array.from({ length: most }, (_, i) => pick(i));
}
