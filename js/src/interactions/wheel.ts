import { fractions } from "../scene/scales";
import { zoomed } from "../state/camera";
import type { Box } from "../state/types";
import { sized, type ViewStore } from "../state/view";
import { within } from "./pointer";

const PER_PIXEL = 0.0016;
const PER_PINCH = 0.01; // a trackpad's pinch comes as a wheel with Ctrl and small steps
const LINE = 16; // px

function pixels({ deltaY, deltaMode }: WheelEvent): number {
  const unit = deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
  return Math.max(-120, Math.min(120, deltaY * unit));
}

/**
 * The wheel zooms with Ctrl or Cmd, or plainly once the map was clicked and until the pointer
 * leaves: a page that scrolls goes on scrolling. The brush's size it changes instead. Likewise a finger scrolls until the map was tapped.
 */
export function wheel(
  canvas: HTMLCanvasElement,
  ground: HTMLElement,
  view: ViewStore,
  plot: () => Box,
  signal: AbortSignal,
): void {
  const engage = (on: boolean) => {
    if (view.get().isEngaged !== on) view.set({ isEngaged: on });
    ground.style.touchAction = on ? "none" : "pan-x pan-y";
  };
  function turn(event: WheelEvent): void {
    const isAsked = event.ctrlKey || event.metaKey;
    if (!view.get().isEngaged && !isAsked) return;
    event.preventDefault();
    if (view.get().tool === "brush" && !isAsked) sized(view, Math.exp(-pixels(event) * PER_PIXEL));
    else zoom(event, isAsked);
  }
  function zoom(event: WheelEvent, isAsked: boolean): void {
    const rate = isAsked && Math.abs(event.deltaY) < 40 ? PER_PINCH : PER_PIXEL;
    const [x, y] = fractions(within(canvas, event), plot());
    view.set({ camera: zoomed(view.get().camera, Math.exp(pixels(event) * rate), x, y) });
  }
  const leave = (event: PointerEvent) => {
    if (event.pointerType === "mouse") engage(false);
  };
  const pressElsewhere = (event: PointerEvent) => {
    if (!event.composedPath().includes(ground)) engage(false);
  };
  engage(false);
  ground.addEventListener("wheel", turn, { signal, passive: false });
  ground.addEventListener("pointerup", () => engage(true), { signal });
  ground.addEventListener("pointerleave", leave, { signal });
  document.addEventListener("pointerdown", pressElsewhere, { signal });
}
