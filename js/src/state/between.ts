import { drawnOf, isSameView } from "./columns";
import { showEpoch, stops } from "./epochs";
import type { Model, ModelStore } from "./model";
import { setTime, shownFrame } from "./timeline";
import { type Frame, LATTICE, type Position } from "./types";

/** A timeline of two moments with names: its handle can stand between them, too. */
export const isPair = (model: Model): boolean =>
  model.time.epochs?.names !== undefined && stops(model).length === 2;

/** The frames of its two stops; null where they are not both here. */
export function ends(model: Model): readonly [Frame, Frame] | null {
  const { frame, time } = model;
  if (!isPair(model)) return null;
  const [first, last] = stops(model);
  const [from, to] = [time.history.get(first!), time.history.get(last!) ?? frame];
  return from && to && isAlike(from, to) ? [from, to] : null;
}

/** Are both of the same columns of the same rows? */
const isAlike = (a: Frame, b: Frame): boolean =>
  a.rows === b.rows && isSameView(drawnOf(a), drawnOf(b));

/** So far on the way from one place to the other; where either has none, that of the nearer stop. */
function between(from: Position, to: Position, own: Position, way: number): Position {
  const [before, after, codes] = [from.codes, to.codes, own.codes.slice()];
  for (let row = 0; row < codes.length; row++) {
    const a = before[row]!;
    const b = after[row]!;
    if (a <= LATTICE && b <= LATTICE) codes[row] = a + (b - a) * way + 0.5; // cut to a whole number
  }
  return { ...own, codes, title: `in-between ${own.title}` };
}

/** The nearer of two frames with the places between both: a picture, and no run's numbers. */
export function mixed(from: Frame, to: Frame, way: number): Frame {
  const own = way > 0.5 ? to : from;
  const axis = (name: "x" | "y") => between(from[name], to[name], own[name], way);
  return { ...own, x: axis("x"), y: axis("y"), between: way };
}

/** Shows the picture so far between the two stops, 0 to 1; at their ends the stops themselves. */
export function showBetween(model: ModelStore, way: number): void {
  const [first, last] = stops(model.get());
  const shown = shownFrame(model.get());
  if (way <= 0 || way >= 1 || !shown) showEpoch(model, way <= 0 ? first! : last!);
  else {
    const epoch = way > 0.5 ? null : first!;
    setTime(model, { epoch, isFollowing: false, held: { ...shown, between: way } });
  }
}

/** Makes what is held between two stops the picture between their frames, also when these come. */
export function mixing(model: ModelStore, signal: AbortSignal): void {
  let made: readonly unknown[] = [];
  model.subscribe(() => {
    const { held } = model.get().time;
    if (held?.between === undefined) return;
    const both = ends(model.get());
    const isDone = [held, ...(both ?? [])].every((one, i) => one === made[i]);
    if (!both || isDone || !isAlike(held, both[0])) return; // another view is on its way
    const frame = mixed(...both, held.between);
    made = [frame, ...both];
    setTime(model, { held: frame });
  }, signal);
}
