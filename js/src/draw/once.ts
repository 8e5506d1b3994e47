/**
 * Calls `advance` and `draw` once in the next animation frame, however often it is asked. What
 * `advance` changes is drawn at once, and asks for no frame of its own.
 */
export function eachFrame(
  advance: (now: number) => void,
  draw: (now: number) => void,
  signal: AbortSignal,
): () => void {
  let asked: number | null = null;
  signal.addEventListener("abort", () => asked !== null && cancelAnimationFrame(asked));
  return () => {
    if (signal.aborted) return;
    asked ??= requestAnimationFrame((now) => {
      advance(now);
      asked = null;
      draw(now);
    });
  };
}
