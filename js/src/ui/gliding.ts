import type { Layout } from "../scene/layout";
import { place } from "../scene/place";
import { affineX, affineY } from "../scene/scales";
import type { Camera, Frame, Pixel } from "../state/types";
import { progress, type ViewStore } from "../state/view";

/** Where a row of a frame stands, on the axes of the frame that is shown. */
export function spotOf(
  frame: Frame,
  shown: Frame,
  row: number,
  camera: Camera,
  layout: Layout,
): Pixel | null {
  const toX = affineX(frame.x, shown.x, camera, layout.plot);
  return place(frame, row, toX, affineY(frame.y, shown.y, camera, layout.plot), layout);
}

/** Where a row stands at this moment of a glide. */
export function gliding(view: ViewStore, row: number, layout: Layout, now: number): Pixel | null {
  const { frame, glide, camera } = view.get();
  if (!frame) return null;
  const [t, here] = [progress(glide, now), spotOf(frame, frame, row, camera, layout)];
  const was = t < 1 && glide.from ? spotOf(glide.from, frame, row, camera, layout) : null;
  if (!here || !was) return here;
  return [was[0] + (here[0] - was[0]) * t, was[1] + (here[1] - was[1]) * t];
}
