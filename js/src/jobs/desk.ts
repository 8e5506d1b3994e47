import type { Order, Reply } from "./messages";

/** Where a page's maps leave questions for their one worker. */
export interface Desk {
  /** A map is there, until the signal ends it; the worker goes with the last. */
  open(map: string, signal: AbortSignal): void;
  /** False where there is no worker. */
  post(order: Order): boolean;
  /** null: there is no worker to answer. */
  ask(order: Question, given?: Transferable[]): Promise<Answer | null>;
}
type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;
type Question = Unnumbered<Extract<Order, { id: number }>>;
export interface Answer {
  answer: unknown;
}

interface Asked {
  resolve(answer: Answer | null): void;
  reject(error: Error): void;
}
/** The worker by which it is done; a page that forbids one, or has lost it, has none for good. */
type State = Worker | "not started" | "lost";

const SILENCE = 4000; // ms after which the page does itself what it asked
const LOST = 3; // times in a row, and nobody is asked again: one that only slept has answered

export function desk(start: () => Worker): Desk {
  const maps = new Set<string>();
  const asked = new Map<number, Asked>();
  let state: State = "not started";
  let next = 0;
  let silences = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function giveUp(): void {
    for (const { resolve } of asked.values()) resolve(null);
    asked.clear();
  }
  function lose(): void {
    if (typeof state === "object") state.terminate();
    state = "lost";
    clearTimeout(timer);
    giveUp();
  }
  function watch(): void {
    clearTimeout(timer);
    if (asked.size) timer = setTimeout(() => (++silences < LOST ? giveUp() : lose()), SILENCE);
  }
  function heard({ data: { id, answer, error } }: MessageEvent<Reply>): void {
    silences = 0;
    const one = id === undefined ? undefined : asked.get(id);
    if (id !== undefined) asked.delete(id);
    if (error === undefined) one?.resolve({ answer });
    else one?.reject(new Error(error));
    watch();
  }
  function started(): Worker | null {
    if (state === "lost") return null;
    if (state !== "not started") return state;
    try {
      const worker = start();
      worker.onmessage = heard;
      worker.onerror = (event) => {
        event.preventDefault(); // the same is done without it
        lose();
      };
      state = worker;
      return worker;
    } catch {
      lose();
      return null;
    }
  }
  function close(map: string): void {
    maps.delete(map);
    if (typeof state === "object") state.postMessage({ kind: "forget", map });
    if (maps.size) return;
    lose();
    state = "not started";
  }
  return {
    open(map, signal) {
      if (signal.aborted) return;
      maps.add(map);
      signal.addEventListener("abort", () => close(map), { once: true });
    },
    post(order) {
      const worker = started();
      worker?.postMessage(order);
      return worker !== null;
    },
    ask(order, given = []) {
      const worker = started();
      if (!worker) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        const id = next++;
        worker.postMessage({ id, ...order }, given);
        asked.set(id, { resolve, reject });
        if (asked.size === 1) watch();
      });
    },
  };
}
