/** Calls `draw` once in the next animation frame, however often it is asked. */
export function eachFrame(draw: (now: number) => void, signal: AbortSignal): () => void {
  let asked: number | null = null;
  signal.addEventListener("abort", () => asked !== null && cancelAnimationFrame(asked));
  return () => {
    if (signal.aborted) return;
    asked ??= requestAnimationFrame((now) => {
      asked = null;
      draw(now);
    });
  };
}
