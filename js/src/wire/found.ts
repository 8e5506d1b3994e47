import type { Bits } from "../state/bits";
import type { Tree } from "../state/query";
import { type AskKernel, Lost } from "./asking";
import { typed } from "./bytes";

/** Asks Python which rows a tree finds; null where the kernel has gone, broken where it refuses. */
export const found =
  (ask: AskKernel) =>
  async (tree: Tree): Promise<Bits | null> => {
    try {
      const { buffers } = await ask("filter", { tree });
      return typed(Uint8Array, buffers[0]!) as Bits;
    } catch (error) {
      if (error instanceof Lost) return null;
      throw error;
    }
  };
