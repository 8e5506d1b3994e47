import { finished, type Job } from "./job";
import { JOBS } from "./jobs";
import { buffersOf, type Order, type Reply } from "./messages";
import { type Mirror, mirror } from "./mirror";

const BEAT = 1000; // ms: who works longer says that it is alive

/** The page, as its worker sees it. */
interface Page {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(reply: Reply, given?: Transferable[]): void;
}
export const isWorker = typeof document === "undefined";

/** Answers what the page asks, from its own copy of each map's rows. */
export function serve(page = self as unknown as Page): void {
  const mirrors = new Map<string, Mirror>();

  function mirrorOf(map: string): Mirror {
    const found = mirrors.get(map) ?? mirror();
    mirrors.set(map, found);
    return found;
  }
  function answer({ map, what, about }: Extract<Order, { kind: "ask" }>): unknown {
    let said = performance.now();
    const beat = () => {
      if (performance.now() - said < BEAT) return;
      page.postMessage({});
      said = performance.now();
    };
    const held = mirrorOf(map);
    if (what === "nearest") held.pointed();
    const job: Job<unknown> = JOBS[what](held.table, about as never);
    return finished(job, beat);
  }
  page.onmessage = ({ data: order }) => {
    if (order.kind === "ask") {
      try {
        page.postMessage({ id: order.id, answer: answer(order) });
      } catch (error) {
        page.postMessage({ id: order.id, error: String(error) });
      }
      return;
    }
    mirrorOf(order.map).take(order);
    if (order.kind === "part")
      page.postMessage({ id: order.id, answer: order.codes }, buffersOf(order.codes));
    if (order.kind === "forget") mirrors.delete(order.map);
  };
}
