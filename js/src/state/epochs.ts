import type { Model, ModelStore } from "./model";
import { setTime, shownFrame } from "./timeline";

export const SPEEDS = [0.5, 1, 2, 4] as const;

/** What an epoch is called where it has a name of its own. */
const ownName = ({ time: { epochs } }: Model, epoch: number): string | undefined =>
  epochs?.names?.[epochs.epochs.indexOf(epoch)];

/** How far a place between the stops is from the first. */
function share(model: Model, epoch: number): string {
  const [first, last] = [stops(model)[0]!, stops(model).at(-1)!];
  return `${Math.round((100 * (epoch - first)) / (last - first))}%`;
}

/** An epoch in words. */
export function epochName(model: Model, epoch: number): string {
  const names = model.time.epochs?.names;
  const far = names && `${share(model, epoch)} of the way from ${names[0]} to ${names[1]}`;
  return ownName(model, epoch) ?? far ?? `epoch ${epoch}`;
}

/** The same beside others of its kind. */
export const epochMark = (model: Model, epoch: number): string =>
  ownName(model, epoch) ?? (model.time.epochs?.names ? share(model, epoch) : String(epoch));

/** What one stop of the timeline is. */
export const stopWord = ({ time: { epochs } }: Model): string => (epochs?.names ? "run" : "epoch");

/** Where the handle can stand: the epochs that are over, and the one in flight. */
export function stops({ frame, time }: Model): readonly number[] {
  const epochs = time.epochs?.epochs ?? [];
  const flying = frame?.epoch ?? null;
  const isFlying = flying !== null && flying > (epochs.at(-1) ?? flying);
  return isFlying ? [...epochs, flying] : epochs;
}

/** The epoch the handle stands at; a fraction between two of them. */
export function handle(model: Model): number | null {
  const { epoch, held } = model.time;
  const [first = 0, last = 0] = stops(model);
  if (held?.between !== undefined) return first + held.between * (last - first);
  return epoch ?? shownFrame(model)?.epoch ?? null;
}

/** Is the newest not what is on the screen, or not what will be? */
export const isBehind = ({ frame, time }: Model): boolean =>
  time.epoch === null ? !time.isFollowing : time.epoch !== frame?.epoch;

/** Shows the newest from now on. */
export const follow = (model: ModelStore): void =>
  setTime(model, { epoch: null, isFollowing: true, held: null, isPlaying: false });

/** Holds the picture as it is, while the training goes on. */
export function freeze(model: ModelStore): void {
  const held = shownFrame(model.get());
  setTime(model, { isFollowing: false, held, isPlaying: false });
}

export function toggleFollow(model: ModelStore): void {
  if (model.get().time.isFollowing) freeze(model);
  else follow(model);
}

/** Shows an epoch; null, or the last there is: the newest. */
export function showEpoch(model: ModelStore, epoch: number | null): void {
  const last = stops(model.get()).at(-1);
  if (epoch === null || (last !== undefined && epoch >= last)) {
    setTime(model, { epoch: null, isFollowing: true, held: null });
  } else setTime(model, { epoch, isFollowing: false, held: null });
}

/** The stop nearest to an epoch, in the list of stops. */
export function nearestStop(all: readonly number[], epoch: number): number {
  let best = 0;
  for (let i = 1; i < all.length; i++)
    if (Math.abs(all[i]! - epoch) < Math.abs(all[best]! - epoch)) best = i;
  return best;
}

/** So many stops on, or back; a hand on the timeline ends the playing. */
export function step(model: ModelStore, by: number): void {
  const all = stops(model.get());
  const here = handle(model.get());
  if (all.length < 2 || here === null) return;
  const to = Math.max(0, Math.min(all.length - 1, nearestStop(all, here) + by));
  setTime(model, { isPlaying: false, isUsed: true });
  showEpoch(model, all[to]!);
}

/** Plays, from the beginning where the end is on the screen, or stands still. */
export function togglePlay(model: ModelStore): void {
  const { time } = model.get();
  const all = stops(model.get());
  if (time.isPlaying || all.length < 2) {
    setTime(model, { isPlaying: false });
    return;
  }
  const isAtEnd = (handle(model.get()) ?? 0) >= all.at(-1)!;
  setTime(model, { isPlaying: true, isUsed: true });
  if (isAtEnd) showEpoch(model, all[0]!);
}

const PATIENCE = 12; // looks at a frame that is awaited, before it is passed over

/** What playing does next: the next epoch that is there, one that is awaited for a while; false at the end. */
export function advance(model: ModelStore, waited: number): boolean {
  const { time } = model.get();
  const all = stops(model.get());
  const here = nearestStop(all, handle(model.get()) ?? 0);
  for (let i = here + 1; i < all.length - 1; i++) {
    const epoch = all[i]!;
    if (time.awaited.has(epoch) && !time.history.has(epoch) && waited < PATIENCE) return true;
    if (!time.history.has(epoch)) continue;
    showEpoch(model, epoch);
    return true;
  }
  follow(model);
  return false;
}
