import type { Frame } from "../state/types";
import { type Arrived, decoded } from "./frame";
import type { FrameMessage } from "./messages";

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

interface Inbox {
  /** Takes a chunk; true once its frame is whole. */
  receive(header: FrameMessage, buffers: DataView[]): boolean;
}

const MOST_PASTS = 64; // frames of past epochs that may wait; what is dropped is asked for again

/** Where decoded frames go. */
interface Shelves {
  /** The newest. */
  show(frame: Frame): void;
  /** Of an epoch that is over. */
  keep(frame: Frame): void;
}

/** Puts chunks together; of the frames that wait, only the newest is decoded, and past epochs. */
export function inbox(
  { show, keep }: Shelves,
  fail: (error: unknown) => void,
  signal: AbortSignal,
): Inbox {
  const begun = new Map<number, Arrived>();
  const pasts: Arrived[] = [];
  let waiting: Arrived | null = null;
  let isDecoding = false;

  async function decodeWaiting(): Promise<void> {
    isDecoding = true;
    await nextTask();
    while ((waiting || pasts.length > 0) && !signal.aborted) {
      const newest: Arrived | null = waiting;
      waiting = null;
      await decoded(newest ?? pasts.shift()!, nextTask)
        .then(newest ? show : keep)
        .catch(fail);
    }
    isDecoding = false;
  }

  function later(past: Arrived): void {
    pasts.push(past);
    if (pasts.length > MOST_PASTS) pasts.shift();
  }

  return {
    receive(header, buffers) {
      const arrived = begun.get(header.frame) ?? { header, chunks: [] };
      begun.set(header.frame, arrived);
      arrived.chunks[header.chunk] = buffers;
      for (let k = 0; k < header.chunks; k++) if (!arrived.chunks[k]) return false;
      begun.clear();
      if (waiting?.header.sealed && !header.past) later(waiting);
      if (header.past) later(arrived);
      else waiting = arrived;
      if (!isDecoding) void decodeWaiting();
      return true;
    },
  };
}
