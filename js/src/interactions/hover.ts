import type { Layout } from "../scene/layout";
import { has } from "../state/bits";
import { failed, type ModelStore } from "../state/model";
import type { Frame, Pixel } from "../state/types";
import type { ViewStore } from "../state/view";
import { type Aim, aimed, nearest } from "./nearest";

const FEW = 10_000; // rows that are looked through in a fraction of a millisecond

/**
 * Which row the pointer is on: looked for where it has moved, which a browser says once an
 * animation frame.
 *
 * @param ask looks through many rows elsewhere; one question is under way at a time
 */
export function hover(
  model: ModelStore,
  view: ViewStore,
  layout: () => Layout,
  ask: (frame: Frame, aim: Aim) => Promise<number | null>,
) {
  let at: Pixel | null = null;
  let isMoved = false;
  let isAsking = false;
  const put = (row: number | null) => {
    if (row !== view.get().hover) view.set({ hover: row });
  };
  async function search(frame: Frame, aim: Aim): Promise<void> {
    isAsking = true;
    try {
      const row = await ask(frame, aim);
      if (at && !view.get().gesture && view.get().frame === frame) put(row);
    } catch (error) {
      failed(model, error);
    } finally {
      isAsking = false;
      if (isMoved) look();
    }
  }
  function look(): void {
    const { frame, camera, gesture, hover: old } = view.get();
    const { passing } = model.get();
    if (old !== null && passing && !has(passing, old)) put(null);
    if (!isMoved || !frame) return;
    if (!at || gesture) {
      isMoved = false;
      put(null);
    } else if (!isAsking) {
      isMoved = false;
      const aim = aimed(frame, camera, at, layout());
      if (frame.rows <= FEW) put(nearest(frame, aim, passing));
      else void search(frame, aim);
    }
  }
  return {
    look,
    point(to: Pixel | null): void {
      [at, isMoved] = [to, true];
      look();
    },
  };
}
