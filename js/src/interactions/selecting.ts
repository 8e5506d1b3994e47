import type { Layout } from "../scene/layout";
import { scaleX, scaleY } from "../scene/scales";
import type { Action } from "../state/actions";
import { type Bits, combined, noBits, only, padded } from "../state/bits";
import { failed, type ModelStore } from "../state/model";
import { notice } from "../state/notice";
import { redone, type Step, undone } from "../state/steps";
import { type Frame, type How, MISSING, type Pixel } from "../state/types";
import type { ViewStore } from "../state/view";
import { type Ring, ring } from "./inside";
import { type Aim, aimed } from "./nearest";
import { stroke } from "./stroke";

/** Selects in the browser and tells Python. */
export type Select = (how: How, bits: Bits, frame: number) => void;

/** What is asked of all rows: those in sight alone are found. */
export interface Finder {
  inside(frame: Frame, around: Ring): Promise<Bits>;
  touched(frame: Frame, rings: readonly Ring[]): Promise<Bits>;
  nearest(frame: Frame, aim: Aim): Promise<number | null>;
}

/** The rows that are drawn and pass the filters. */
export function inSight({ rows, x, y }: Frame, passing: Bits | null): Bits {
  const bits = noBits(rows);
  for (let row = 0; row < rows; row++)
    if (x.codes[row] !== MISSING && y.codes[row] !== MISSING) bits[row >> 3]! |= 1 << (row & 7);
  return passing ? combined(bits, "intersect", padded(passing, rows)) : bits;
}

/** What gestures, keys and buttons do to the selection. */
export function selecting(
  model: ModelStore,
  view: ViewStore,
  rows: Finder,
  layout: () => Layout,
  select: Select,
) {
  const pick = (how: How, bits: Bits, { frame, rows }: Frame): void =>
    select(how, padded(bits, rows), frame);

  /** Selects what is found of the frame that is on the screen, by places of its lattice. */
  async function found(
    how: How,
    find: (frame: Frame, toCode: (at: Pixel) => Pixel) => Promise<Bits>,
  ): Promise<void> {
    const { frame, camera } = view.get();
    if (!frame) return;
    const { plot } = layout();
    const [x, y] = [scaleX(frame.x, camera, plot), scaleY(frame.y, camera, plot)];
    await find(frame, ([px, py]) => [x.toCode(px), y.toCode(py)])
      .then((bits) => pick(how, bits, frame))
      .catch((error) => failed(model, error));
  }
  const enclose = (outline: readonly Pixel[], how: How): Promise<void> => {
    const { plot } = layout();
    const { x, y } = view.get().frame ?? {};
    const isLeft = outline.every(([px]) => px < plot.x);
    const strip = isLeft ? x : outline.every(([, py]) => py > plot.y + plot.height) ? y : null;
    if (strip?.n_waiting)
      notice(model, `${strip.waiting}: samples of this strip cannot be enclosed`);
    return found(how, (frame, toCode) => rows.inside(frame, ring(outline.map(toCode))));
  };
  const brush = (path: readonly Pixel[], how: How): Promise<void> =>
    found(how, (frame, toCode) => rows.touched(frame, stroke(path, view.get().brush, toCode)));
  /** Without a key beside it a click selects nothing. */
  async function click(at: Pixel, how: How): Promise<void> {
    const { frame, camera } = view.get();
    if (!frame || how === "replace") return;
    await rows
      .nearest(frame, aimed(frame, camera, at, layout()))
      .then((row) => row !== null && pick(how, only(row, frame.rows), frame))
      .catch((error) => failed(model, error));
  }
  /** This and nothing else, filters or not. */
  function replace(bits: Bits): void {
    const [shown, newest] = [view.get().frame, model.get().frame];
    const frame = shown && shown.rows >= (newest?.rows ?? 0) ? shown : newest; // samples have come
    if (frame) select("replace", padded(bits, frame.rows), frame.frame);
  }
  function clear(): void {
    if (model.get().selection.count) replace(noBits(0));
  }
  function all(): void {
    const { frame } = view.get();
    if (frame) pick("replace", inSight(frame, model.get().passing), frame);
  }
  function invert(): void {
    const { frame } = view.get();
    const { passing, selection } = model.get();
    if (!frame) return;
    pick("replace", combined(inSight(frame, passing), "subtract", selection.bits), frame);
  }
  function walk(to: Step | null): void {
    if (!to || !model.get().frame) return;
    replace(to.bits);
    model.set({ steps: to.steps });
  }
  const undo = () => walk(undone(model.get().steps, model.get().selection.bits));
  const redo = () => walk(redone(model.get().steps, model.get().selection.bits));

  const action = (keys: string[], title: string, run: () => void, off?: Action["off"]): Action => ({
    keys,
    title,
    group: "select",
    run,
    ...(off && { off }),
  });
  const none = (of: "past" | "future") => () =>
    model.get().steps[of].length ? undefined : `nothing to ${of === "past" ? "undo" : "redo"}`;
  const actions = [
    action(["a", "Ctrl+a"], "everything in sight", all),
    action(["i"], "what is in sight and not selected", invert),
    action(["z", "Ctrl+z"], "undo", undo, none("past")),
    action(["Z", "Ctrl+Z", "Ctrl+y"], "redo", redo, none("future")),
  ];
  return { enclose, brush, click, pick, replace, clear, undo, redo, actions };
}
