import type { Frame } from "../state/types";
import { type Arrived, decoded } from "./frame";
import type { FrameMessage } from "./messages";

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

interface Inbox {
  /** Takes a chunk; true once its frame is whole. */
  receive(header: FrameMessage, buffers: DataView[]): boolean;
}

/** Puts chunks together; of the frames that wait, only the newest is decoded and shown. */
export function inbox(
  show: (frame: Frame) => void,
  fail: (error: unknown) => void,
  signal: AbortSignal,
): Inbox {
  const begun = new Map<number, Arrived>();
  let waiting: Arrived | null = null;
  let isDecoding = false;

  async function decodeWaiting(): Promise<void> {
    isDecoding = true;
    await nextTask();
    while (waiting && !signal.aborted) {
      const arrived = waiting;
      waiting = null;
      await decoded(arrived, nextTask).then(show).catch(fail);
    }
    isDecoding = false;
  }

  return {
    receive(header, buffers) {
      const arrived = begun.get(header.frame) ?? { header, chunks: [] };
      begun.set(header.frame, arrived);
      arrived.chunks[header.chunk] = buffers;
      for (let k = 0; k < header.chunks; k++) if (!arrived.chunks[k]) return false;
      begun.clear();
      waiting = arrived;
      if (!isDecoding) void decodeWaiting();
      return true;
    },
  };
}
