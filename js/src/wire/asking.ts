import { answered, asking, isAwaited } from "../state/asks";
import type { Bits } from "../state/bits";
import { randomId } from "../state/id";
import type { ModelStore } from "../state/model";
import type { Answer } from "./messages";

const BUSY = 500; // ms until what Python has not answered is said to wait

/** What Python gave back. */
export interface Given {
  answer: Answer;
  buffers: DataView[];
}
/** A quiet question is none that its user knows of: that it waits is not said. */
export type AskKernel = (
  what: string,
  about?: object,
  buffers?: Bits[],
  isQuiet?: boolean,
) => Promise<Given>;

interface Waiting {
  resolve(given: Given): void;
  reject(why: Error): void;
}

/** Questions and orders to Python, each with its own answer. */
export function questions(
  model: ModelStore,
  send: (content: object, buffers?: Bits[]) => void,
  signal: AbortSignal,
) {
  const waiting = new Map<string, Waiting>();
  const ask: AskKernel = (what, about, buffers, isQuiet = false) => {
    const quiet = { id: randomId(), what, ...about };
    const { id, ...content } = isQuiet ? quiet : asking(model, what, about);
    const given = new Promise<Given>((resolve, reject) => waiting.set(id, { resolve, reject }));
    send({ kind: "ask", id, ...content }, buffers);
    later(BUSY, signal, () => {
      const isQuiet = what === "past"; // the timeline says so itself
      if (isAwaited(model, id) && !isQuiet) model.set({ kernelIsBusy: true });
    });
    return given;
  };
  return {
    ask,
    /** Python's answer to one of them, or why it has none. */
    take(answer: Answer, buffers: DataView[]): void {
      const one = waiting.get(answer.ask);
      waiting.delete(answer.ask);
      answered(model, answer.ask);
      if (answer.error === null) one?.resolve({ answer, buffers });
      else one?.reject(new Error(answer.error));
    },
    /** Nobody will answer what was asked so far. */
    forget(): void {
      for (const { reject } of waiting.values()) reject(new Lost());
      waiting.clear();
      model.set({ asks: [] });
    },
  };
}

/** The kernel that was asked has gone, or has come back without the question. */
export class Lost extends Error {}

/** Leaves nothing with the signal, which lives as long as the map. */
export function later(ms: number, signal: AbortSignal, run: () => void): void {
  setTimeout(() => signal.aborted || run(), ms);
}
