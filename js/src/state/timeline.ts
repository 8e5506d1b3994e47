import type { Model, ModelStore } from "./model";
import type { Frame } from "./types";

/** One number an epoch; spelled as on the wire, as all that `Epochs` holds. */
export interface Curve {
  name: string;
  title: string;
  values: readonly (number | null)[];
}
/** Something that happened to the training; `at` says how much of the epoch was over, 0 to 1. */
export interface EpochMark {
  epoch: number;
  at: number | null;
  kind: string;
  text: string;
}
/** What Python says of the epochs that are over. */
export interface Epochs {
  epochs: readonly number[];
  curves: readonly Curve[];
  marks: readonly EpochMark[];
  /** What they are called where they are no epochs of a training. */
  names?: readonly string[];
}

/** Frames of epochs that are over, by epoch. */
export type History = ReadonlyMap<number, Frame>;
export const NO_HISTORY: History = new Map();

/** Which moment of the training is on the screen, and how it goes on. */
export interface Time {
  epochs: Epochs | null;
  history: History;
  /** Of the view whose past this is. */
  version: number;
  /** Asked of Python, not arrived yet. */
  awaited: ReadonlySet<number>;
  /** The epoch to be shown; null: the newest. */
  epoch: number | null;
  /** Does the picture go on with the training? */
  isFollowing: boolean;
  /** Held fast: a picture that neither follows nor is of an epoch, or is between two. */
  held: Frame | null;
  isPlaying: boolean;
  isScrubbing: boolean;
  /** Somebody uses the timeline, so that all of its frames are wanted. */
  isUsed: boolean;
  speed: number;
  hasTrails: boolean;
}

export const NOW: Time = {
  epochs: null,
  history: NO_HISTORY,
  version: 0,
  awaited: new Set(),
  epoch: null,
  isFollowing: true,
  held: null,
  isPlaying: false,
  isScrubbing: false,
  isUsed: false,
  speed: 1,
  hasTrails: false,
};

export const setTime = (model: ModelStore, patch: Partial<Time>): void =>
  model.set({ time: { ...model.get().time, ...patch } });

/** The frame of the epoch nearest to this one, the earlier of two. */
export function nearestFrame(history: History, epoch: number): Frame | null {
  let best: number | null = null;
  for (const one of history.keys()) {
    const [far, least] = [Math.abs(one - epoch), best === null ? Infinity : Math.abs(best - epoch)];
    if (far < least || (far === least && one < best!)) best = one;
  }
  return best === null ? null : history.get(best)!;
}

/** The frame that views show: the newest, one of the past, or one held fast. */
export function shownFrame({ frame, time: { epoch, history, held } }: Model): Frame | null {
  return held ?? (epoch === null ? null : nearestFrame(history, epoch)) ?? frame;
}

/** Is there a past to go to? */
export const hasPast = (model: Model): boolean =>
  (model.time.epochs?.epochs.length ?? 0) > 1 && !model.isSample;
