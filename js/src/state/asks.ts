import { randomId } from "./id";
import type { ModelStore } from "./model";
import type { Naming } from "./named";

/** What Python is asked, on its way there: an order to the training, or a question. */
export interface Ask {
  id: string;
  what: string;
  /** To the training. */
  order?: string;
  name?: string;
  value?: number;
  /** With a named selection. */
  do?: Naming;
  to?: string;
  count?: number;
}

/** Asked here, not answered yet. */
export function asking(model: ModelStore, what: string, about: object = {}): Ask {
  const ask = { id: randomId(), what, ...about };
  model.set({ asks: [...model.get().asks, ask] });
  return ask;
}

/** Python has answered. */
export function answered(model: ModelStore, id: string): void {
  const { asks, selection, kernelIsBusy } = model.get();
  const left = asks.filter((ask) => ask.id !== id);
  if (left.length === asks.length) return; // another page's
  const isAwaited = left.length > 0 || selection.pending.length > 0;
  model.set({ asks: left, kernelIsBusy: kernelIsBusy && isAwaited });
}

/** Is an answer to this awaited? */
export const isAwaited = (model: ModelStore, id: string): boolean =>
  model.get().asks.some((ask) => ask.id === id);
