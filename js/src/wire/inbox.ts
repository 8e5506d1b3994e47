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

/**
 * Puts chunks together; of the frames that wait, only the newest is decoded, before it the one that
 * it stands upon, and past epochs.
 *
 * @param lost is called where a frame stands upon one that is not there
 */
export function inbox(
  { show, keep }: Shelves,
  fail: (error: unknown) => void,
  lost: () => void,
  signal: AbortSignal,
): Inbox {
  const begun = new Map<number, Arrived>();
  const pasts: Arrived[] = [];
  let waiting: Arrived[] = [];
  let newest: Frame | null = null;
  let isDecoding = false;

  async function decodeWaiting(): Promise<void> {
    isDecoding = true;
    await nextTask();
    while (waiting.length + pasts.length > 0 && !signal.aborted) {
      const next = waiting.shift();
      if (!next) await decoded(pasts.shift()!, null, nextTask).then(keep).catch(fail);
      else if (next.header.base !== undefined && next.header.base !== newest?.frame) {
        waiting = waiting.filter(({ header }) => header.base === undefined); // they stand upon it
        lost();
      } else await decoded(next, newest, nextTask).then(take).catch(fail);
    }
    isDecoding = false;
  }
  function take(frame: Frame): void {
    newest = frame;
    show(frame);
  }
  function later(past: Arrived): void {
    pasts.push(past);
    if (pasts.length > MOST_PASTS) pasts.shift();
  }
  function line(arrived: Arrived): void {
    const { past, base } = arrived.header;
    if (past) later(arrived);
    else if (base === undefined) {
      waiting.filter(({ header }) => header.sealed && header.base === undefined).forEach(later);
      waiting = [arrived];
    } else waiting.push(arrived);
  }

  return {
    receive(header, buffers) {
      const arrived = begun.get(header.frame) ?? { header, chunks: [] };
      begun.set(header.frame, arrived);
      arrived.chunks[header.chunk] = buffers;
      for (let k = 0; k < header.chunks; k++) if (!arrived.chunks[k]) return false;
      begun.clear();
      line(arrived);
      if (!isDecoding) void decodeWaiting();
      return true;
    },
  };
}
