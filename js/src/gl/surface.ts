import type { Contexts } from "./contexts";
import type { Renderer } from "./picture";
import { renderer } from "./renderer";
import { software } from "./software";

/** A canvas with a renderer on it, through the loss of its context. */
export interface Surface {
  canvas(): HTMLCanvasElement;
  /** null: not in sight yet, or the browser has taken the context away for now. */
  renderer(): Renderer | null;
  /** Without WebGL2 the processor draws; null where nothing can. */
  drawnBy(): "gpu" | "software" | null;
}

const NEAR = "300px"; // so that a map is drawn when it comes in sight

/**
 * A browser has few contexts (Chromium: 16) and takes the oldest away. A map takes one when it
 * comes in sight; a context that was lost and is given back is used again, and one that is not is
 * replaced, canvas and all, when the map is next in sight.
 *
 * @param make makes a canvas in its place; what it listens to there ends with the signal
 * @param renewed is called when everything has to be sent to the GPU again
 */
export function surface(
  make: (life: AbortSignal) => HTMLCanvasElement,
  renewed: () => void,
  page: Contexts,
  signal: AbortSignal,
): Surface {
  let canvas: HTMLCanvasElement;
  let drawing: Renderer | null = null;
  let life = new AbortController();
  let [isInSight, isSoftware] = [false, false];
  const holder = { isInSight: () => isInSight, release: () => drawing?.release() };
  const sight = new IntersectionObserver(look, { rootMargin: NEAR });

  function look(entries: IntersectionObserverEntry[]): void {
    isInSight = entries.at(-1)!.isIntersecting;
    if (!isInSight) return;
    if (drawing?.isLost()) place();
    if (!drawing) begin();
    if (!isSoftware) page.take(holder);
  }
  function begin(): void {
    drawing = renderer(canvas);
    isSoftware = !drawing;
    drawing ??= software(canvas);
    renewed();
  }
  function place(): void {
    life.abort();
    sight.disconnect();
    life = new AbortController();
    drawing = null;
    canvas = make(life.signal);
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault(), life);
    canvas.addEventListener("webglcontextrestored", begin, life);
    sight.observe(canvas);
  }
  function end(): void {
    life.abort();
    sight.disconnect();
    page.drop(holder);
    drawing?.release();
  }
  place();
  signal.addEventListener("abort", end, { once: true });
  return {
    canvas: () => canvas,
    renderer: () => (drawing?.isLost() ? null : drawing),
    drawnBy: () => (isSoftware ? (drawing ? "software" : null) : "gpu"),
  };
}
