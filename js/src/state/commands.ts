import { randomId } from "./id";
import type { ModelStore } from "./model";
import type { Ask } from "./types";

/** What the training is asked to do, on its way to Python. */
export interface Command {
  id: string;
  what: Ask | "set";
  name?: string;
  value?: number;
}

/** Asked here, not answered yet. */
export function asking(model: ModelStore, what: Command["what"], set?: [string, number]): Command {
  const command = { id: randomId(), what, ...(set && { name: set[0], value: set[1] }) };
  model.set({ commands: [...model.get().commands, command], complaint: null });
  return command;
}

/** Python has done it, or says why it could not. */
export function answered(model: ModelStore, id: string, refusal: string | null): void {
  const { commands, complaint, selection, kernelIsBusy } = model.get();
  const left = commands.filter((command) => command.id !== id);
  if (left.length === commands.length) return; // another page's
  const isAwaited = left.length > 0 || selection.pending.length > 0;
  model.set({
    commands: left,
    complaint: refusal ?? complaint,
    kernelIsBusy: kernelIsBusy && isAwaited,
  });
}

/** Is an answer to this command awaited? */
export const isAwaited = (model: ModelStore, id: string): boolean =>
  model.get().commands.some((command) => command.id === id);
