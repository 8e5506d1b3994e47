import { type Renderer, renderer } from "./renderer";

/** A canvas with a renderer on it, through the loss of its context. */
export interface Surface {
  canvas(): HTMLCanvasElement;
  /** null: the browser gives no WebGL2, or has taken the context away for now. */
  renderer(): Renderer | null;
}

/**
 * A browser has few contexts (Chromium: 16) and takes the oldest away. One that it gives back is
 * used again; one that it does not is replaced, canvas and all, when it is next in sight.
 *
 * @param make makes a canvas in its place; what it listens to there ends with the signal
 * @param renewed is called when everything has to be sent to the GPU again
 */
export function surface(
  make: (life: AbortSignal) => HTMLCanvasElement,
  renewed: () => void,
  signal: AbortSignal,
): Surface {
  let canvas: HTMLCanvasElement;
  let drawing: Renderer | null = null;
  let life = new AbortController();
  const sight = new IntersectionObserver((entries) => {
    if (entries.at(-1)?.isIntersecting && drawing?.isLost()) renew();
  });

  function begin(): void {
    drawing = renderer(canvas);
    renewed();
  }
  function renew(): void {
    life.abort();
    sight.disconnect();
    life = new AbortController();
    canvas = make(life.signal);
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault(), life);
    canvas.addEventListener("webglcontextrestored", begin, life);
    sight.observe(canvas);
    begin();
  }
  function end(): void {
    life.abort();
    sight.disconnect();
    drawing?.release();
  }
  renew();
  signal.addEventListener("abort", end, { once: true });
  return { canvas: () => canvas, renderer: () => (drawing?.isLost() ? null : drawing) };
}
