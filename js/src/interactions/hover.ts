import type { Layout } from "../scene/layout";
import { affineX, affineY } from "../scene/scales";
import type { Pixel } from "../state/types";
import type { ViewStore } from "../state/view";
import { nearest } from "./nearest";

/** Which row the pointer is on: asked for once an animation frame, and only where it has moved. */
export function hover(view: ViewStore, moved: () => void) {
  let at: Pixel | null = null;
  let isMoved = false;
  return {
    point(to: Pixel | null): void {
      [at, isMoved] = [to, true];
      moved();
    },
    look(layout: Layout): void {
      const { frame, camera, gesture, hover: old } = view.get();
      if (!isMoved || !frame) return;
      isMoved = false;
      const toX = affineX(frame.x, frame.x, camera, layout.plot);
      const toY = affineY(frame.y, frame.y, camera, layout.plot);
      const row = at && !gesture ? nearest(frame, at, toX, toY, layout) : null;
      if (row !== old) view.set({ hover: row });
    },
  };
}
