import type { Order, Reply } from "./messages";

/** There is no worker to answer. */
export class NoWorker extends Error {}

/** Where a page's maps leave questions for their one worker. */
export interface Desk {
  /** A map is there, until the signal ends it; the worker goes with the last. */
  open(map: string, signal: AbortSignal): void;
  /** @throws NoWorker */
  post(order: Order, given?: Transferable[]): void;
  /** The answer; broken with NoWorker where there will be none. */
  ask(order: Omit<Extract<Order, { kind: "ask" }>, "id" | "kind">): Promise<unknown>;
}

interface Asked {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}
/** The worker by which it is done; a page that forbids one, or has lost it, has none for good. */
type State = Worker | "not started" | "lost";

const SILENCE = 3000; // ms, twice: a page that slept finds its worker's answer in between

export function desk(start: () => Worker): Desk {
  const maps = new Set<string>();
  const asked = new Map<number, Asked>();
  let state: State = "not started";
  let next = 0;
  let silent = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function lose(): void {
    if (state instanceof Object) state.terminate();
    state = "lost";
    clearTimeout(timer);
    for (const { reject } of asked.values()) reject(new NoWorker());
    asked.clear();
  }
  function watch(): void {
    clearTimeout(timer);
    if (asked.size) timer = setTimeout(() => (silent++ ? lose() : watch()), SILENCE);
  }
  function heard({ data: { id, answer, error } }: MessageEvent<Reply>): void {
    silent = 0;
    const one = id === undefined ? undefined : asked.get(id);
    if (id !== undefined) asked.delete(id);
    if (error === undefined) one?.resolve(answer);
    else one?.reject(new Error(error));
    watch();
  }
  function started(): Worker {
    if (state === "lost") throw new NoWorker();
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
      throw new NoWorker();
    }
  }
  function close(map: string): void {
    maps.delete(map);
    if (state instanceof Object) state.postMessage({ kind: "forget", map });
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
    post: (order, given = []) => started().postMessage(order, given),
    ask(order) {
      return new Promise((resolve, reject) => {
        const id = next++;
        started().postMessage({ kind: "ask", id, ...order });
        asked.set(id, { resolve, reject });
        if (asked.size === 1) watch();
      });
    },
  };
}
