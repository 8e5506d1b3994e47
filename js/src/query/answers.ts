import type { Bits } from "../state/bits";
import { type Filter, type QueryFilter, setQuery } from "../state/filters";
import type { ModelStore } from "../state/model";
import type { Tree } from "../state/query";
import type { Frame } from "../state/types";
import type { Known } from "./known";
import { coarse, leaves, type Term, terms, unknown } from "./terms";

/** Asks Python which rows a tree finds; null where nobody has answered. */
export type AskRows = (tree: Tree) => Promise<Bits | null>;

/** `bits` is null where Python has refused. */
interface Entry {
  bits: Bits | null;
  /** Of what state of the run it was true. */
  state: string;
}

/** What Python was asked and has answered; it is asked again when its numbers may be others. */
export function answers(model: ModelStore, ask: AskRows, told: () => void) {
  const entries = new WeakMap<Tree, Entry>();
  const flying = new WeakSet<Tree>();
  let good: QueryFilter | null = null;
  let count = 0;

  /** Python tells of the newest epoch, whichever is shown. */
  const stateNow = (): string => {
    const { status, statics, frame } = model.get();
    const run = [status?.epoch, status?.word, frame?.epoch, frame?.live, frame?.rows];
    return [...run, statics.size].join();
  };
  async function put(tree: Tree, state: string): Promise<void> {
    flying.add(tree);
    try {
      const bits = await ask(tree);
      if (bits) entries.set(tree, { bits, state });
    } catch (refused) {
      entries.set(tree, { bits: entries.get(tree)?.bits ?? null, state });
      refuse(tree, (refused as Error).message);
    }
    flying.delete(tree);
    count += 1;
    told();
  }
  /** A question that cannot be answered gives way to the one before it. */
  function refuse(tree: Tree, why: string): void {
    const filter = model.get().filters.find((one) => isPart(tree, one));
    if (!filter) return;
    if (filter.kind === "query" && filter !== good)
      setQuery(model, good?.text ?? "", good?.tree ?? null);
    model.set({ refusal: why });
  }
  /** One question a tree is under way at a time: a busy kernel would answer all of them later. */
  function want(trees: readonly Tree[], state: string): void {
    if (model.get().connection !== "live") return;
    for (const tree of trees)
      if (entries.get(tree)?.state !== state && !flying.has(tree)) void put(tree, state);
  }

  return {
    /** How many have come. */
    count: () => count,
    /**
     * What was answered to parts of a term, as far as it still holds. On numbers that are drawn
     * Python decides only where it knows of the same moment: the newest one, of a run that has ended.
     */
    given(term: Term, known: Known, frame: Frame) {
      const state = stateNow();
      const isDrawn = frame === model.get().frame && !frame.live;
      const [needed, better] = [unknown(term, known), isDrawn ? coarse(term, known) : []];
      want([...needed, ...better], state);
      const found = new Map<Tree, Bits>();
      for (const tree of [...needed, ...better]) {
        const { bits = null, state: then } = entries.get(tree) ?? {};
        if (bits && (then === state || needed.includes(tree))) found.set(tree, bits);
      }
      return {
        found,
        isWhole: needed.every((tree) => found.has(tree)),
        waits: needed.some((tree) => !entries.has(tree)),
      };
    },
    /** The filter has all its answers. */
    isGood(filter: Filter): void {
      if (filter.kind === "query") good = filter;
    },
  };
}

const isPart = (tree: Tree, filter: Filter): boolean => {
  const wanted = leaves(tree)[0];
  return terms(filter).some((term) => wanted && leaves(term.tree).includes(wanted));
};
