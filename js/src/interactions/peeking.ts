import type { Pages } from "../state/cards";
import type { ModelStore } from "../state/model";
import type { ViewStore } from "../state/view";

const REST = 150; // ms on a point until its card is asked for

/** The card of the row that the pointer rests on, for its picture; a busy Python is not asked. */
export function peeking(
  model: ModelStore,
  view: ViewStore,
  pages: Pages,
  signal: AbortSignal,
): void {
  let row: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const who = {};
  const ask = (rows: number[]) => pages.want(who, rows, true);
  view.subscribe(() => {
    const { hover } = view.get();
    if (hover === row) return;
    row = hover;
    clearTimeout(timer);
    ask([]);
    if (hover === null || model.get().kernelIsBusy) return;
    timer = setTimeout(() => ask([hover]), REST);
  }, signal);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    ask([]);
  });
}
