import type { Surface } from "../gl/surface";
import type { Layout } from "../scene/layout";
import { picture } from "../scene/picture";
import { points } from "../scene/points";
import { padded } from "../state/bits";
import type { ModelStore } from "../state/model";
import { progress, type ViewStore } from "../state/view";

/** Keeps the GPU's copies of frame, colours and selection equal to the stores'. */
export function uploads(model: ModelStore, view: ViewStore, on: () => Surface) {
  let sent: unknown[] = [];
  return {
    forget: () => {
      sent = [];
    },
    update(t: number): void {
      const [drawing, { frame, glide, theme }] = [on().renderer(), view.get()];
      if (!drawing || !frame) return;
      const { bits, count } = model.get().selection;
      const from = t < 1 ? glide.from : null;
      const [oldFrame, oldFrom, oldTheme, oldBits] = sent;
      if (oldFrame !== frame || oldTheme !== theme || (from && oldFrom !== from))
        drawing.load(points(frame, theme), from && points(from, theme));
      if (oldBits !== bits || oldFrame !== frame)
        drawing.select(count ? padded(bits, frame.rows) : null);
      sent = [frame, from ?? oldFrom, theme, bits];
    },
  };
}

/** Draws the points of this moment. */
export function paint(
  view: ViewStore,
  { canvas, renderer }: Surface,
  layout: Layout,
  now: number,
): void {
  const { size, theme, background, camera, frame, glide } = view.get();
  const drawing = renderer();
  if (!frame || !drawing || size.width === 0) return;
  const pixels = Math.min(2, window.devicePixelRatio || 1);
  const [width, height] = [Math.round(size.width * pixels), Math.round(size.height * pixels)];
  if (canvas().width !== width) canvas().width = width;
  if (canvas().height !== height) canvas().height = height;
  const t = progress(glide, now);
  const moment = { size, pixels, theme, background, camera, frame, from: glide.from, progress: t };
  drawing.draw(picture(moment, layout));
}
