import type { ModelStore } from "./model";

const WHILE = 4000; // ms

/** Says something in the status line for a moment. */
export function notice(model: ModelStore, text: string): void {
  model.set({ notice: text });
  setTimeout(() => model.get().notice === text && model.set({ notice: null }), WHILE);
}
