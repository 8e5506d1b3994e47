import type { Layout } from "../scene/layout";
import { place } from "../scene/place";
import type { Action } from "../state/actions";
import { type Bits, has, only } from "../state/bits";
import { panned } from "../state/camera";
import { failed, type ModelStore } from "../state/model";
import type { Frame, How, Pixel } from "../state/types";
import type { ViewStore } from "../state/view";
import type { Stride, Way } from "./beyond";
import { aimed } from "./nearest";

const AHEAD = 2; // keys pressed while a row is looked for; more are dropped

/** Is it beyond the edge, and by how much of the plot? */
const outside = (at: number, from: number, length: number): number => {
  const fraction = (at - from) / length;
  return fraction < 0 || fraction > 1 ? fraction - 0.5 : 0;
};

/** From sample to sample by key. */
export function walking(
  model: ModelStore,
  view: ViewStore,
  find: (frame: Frame, stride: Stride) => Promise<number | null>,
  layout: () => Layout,
  pick: (how: How, bits: Bits, frame: Frame) => void,
) {
  let line: Promise<void> = Promise.resolve();
  let waiting = 0;
  const here = (): number | null => {
    const { hover, pinned, walked } = view.get();
    return hover ?? pinned ?? walked;
  };
  function spotOf(frame: Frame, row: number): Pixel | null {
    const { toX, toY, where } = aimed(frame, view.get().camera, [0, 0], layout());
    return row < frame.rows ? place(frame, row, toX, toY, where) : null;
  }
  /** Moves the map where the row is not in sight. */
  function follow(frame: Frame, row: number): void {
    const { plot, xStrip, yStrip } = layout();
    const at = spotOf(frame, row);
    if (!at) return;
    const dx = at[0] < xStrip.x + xStrip.width ? 0 : outside(at[0], plot.x, plot.width);
    const dy = yStrip.height && at[1] >= yStrip.y ? 0 : outside(at[1], plot.y, plot.height);
    if (dx || dy) view.set({ camera: panned(view.get().camera, dx, -dy) });
  }
  async function step(way: Way): Promise<void> {
    const { frame, camera } = view.get();
    if (!frame) return;
    const [row, at] = [here(), layout()];
    const spot = row === null ? null : spotOf(frame, row);
    const { plot } = at;
    const from: Pixel = spot ?? [plot.x + plot.width / 2, plot.y + plot.height / 2];
    const next = await find(frame, { aim: aimed(frame, camera, from, at), way: spot ? way : null });
    arrive(frame, next ?? (spot && row)); // where there is none beyond, it is shown where one is
  }
  /** Where the walk among neighbours began, and how far it has come. */
  let round: { centre: number; row: number } | null = null;
  async function near(to: "next" | "before"): Promise<void> {
    const { frame, camera } = view.get();
    const row = here();
    const centre = round && round.row === row ? round.centre : row;
    const spot = frame && centre !== null ? spotOf(frame, centre) : null;
    if (!frame || centre === null || row === null || !spot) return;
    const aim = aimed(frame, camera, spot, layout());
    const next = await find(frame, { aim, way: null, from: { row, to } });
    const { hover, pinned } = view.get();
    const as = hover === null && pinned !== null ? "pinned" : "hover"; // the card goes along
    if (arrive(frame, next, as)) round = { centre, row: next! };
  }
  function arrive(frame: Frame, row: number | null, as: "hover" | "pinned" = "hover"): boolean {
    if (row === null || view.get().gesture || view.get().frame !== frame) return false;
    follow(frame, row);
    view.set({ [as]: row, walked: row });
    return true;
  }
  /** Keys and presses are done one after the other. */
  function walk(step: () => Promise<void>): void {
    if (waiting > AHEAD) return;
    waiting += 1;
    line = line
      .then(step)
      .catch((error) => failed(model, error))
      .finally(() => {
        waiting -= 1;
      });
  }
  /** The sample that one is at, into the selection or out of it. */
  function toggle(): void {
    const [row, { frame }] = [here(), view.get()];
    if (row === null || !frame) return;
    pick(has(model.get().selection.bits, row) ? "subtract" : "add", only(row, frame.rows), frame);
  }
  const action = (keys: string[], title: string, run: () => void): Action => ({
    keys,
    title,
    group: "samples",
    run,
  });
  const to = (way: Way, key: string): Action =>
    action([`Shift+Arrow${key}`], `a sample a step ${WORDS[way]}`, () => walk(() => step(way)));
  const around = (to: "next" | "before") => walk(() => near(to));
  const among = (key: string, title: string, to: "next" | "before"): Action => ({
    ...action([key], title, () => around(to)),
    off: () => (here() === null ? NOBODY : undefined),
  });
  const actions = [
    to("left", "Left"),
    to("right", "Right"),
    to("up", "Up"),
    to("down", "Down"),
    among("n", "the next nearest sample round this one", "next"),
    among("N", "the one before it", "before"),
    {
      ...action(["x"], "this sample into the selection, or out of it", toggle),
      off: () => (here() === null ? NOBODY : undefined),
    },
  ];
  return { actions, around };
}

export const NOBODY = "no sample yet: point at one, or walk to it with Shift and an arrow";

const WORDS: Record<Way, string> = {
  left: "to the left",
  right: "to the right",
  up: "above",
  down: "below",
};

/** Who goes on to something else leaves the sample that was walked to. */
export function halting(canvas: HTMLElement, view: ViewStore, signal: AbortSignal): void {
  const halt = () => {
    const { hover, walked } = view.get();
    if (hover !== null && hover === walked) view.set({ hover: null });
  };
  canvas.addEventListener("blur", halt, { signal });
}
