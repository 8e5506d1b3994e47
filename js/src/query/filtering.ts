import { type Bits, noBits } from "../state/bits";
import type { Filter } from "../state/filters";
import { failed, type Model, type ModelStore } from "../state/model";
import type { Tree } from "../state/query";
import type { Frame } from "../state/types";
import { type AskRows, answers } from "./answers";
import { cellsOf, knownOf } from "./known";
import { sources, type Term, terms } from "./terms";

/** What is asked of every row: a term, and what Python has said of parts of it. */
export interface Sifting {
  term: Term;
  given: ReadonlyMap<Tree, Bits>;
}
/** The rows of a frame that pass a term. */
export type Sift = (frame: Frame, about: Sifting) => Promise<Bits>;

const isAlike = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

/**
 * Keeps `passing` equal to what the filters let through: at once where the columns are here, when
 * Python has answered where they are not. It is replaced whole.
 */
export function filtering(
  model: ModelStore,
  frameOf: (model: Model) => Frame | null,
  sift: Sift,
  ask: AskRows,
  signal: AbortSignal,
): void {
  const asked = answers(model, ask, look);
  const kept = new WeakMap<Term, { of: readonly unknown[]; bits: Bits }>();
  let seen: readonly unknown[] = [];
  let isAtWork = false;

  function look(): void {
    const { filters, statics, connection, status } = model.get();
    const frame = frameOf(model.get());
    const now = [filters, statics, connection, status?.epoch, status?.word, frame, asked.count()];
    if (isAlike(now, seen) || signal.aborted) return;
    seen = now;
    if (!isAtWork) void work();
  }

  async function work(): Promise<void> {
    isAtWork = true;
    try {
      for (let done: readonly unknown[] = []; done !== seen && !signal.aborted; ) {
        done = seen;
        await settle();
      }
    } catch (error) {
      failed(model, error);
    } finally {
      isAtWork = false;
    }
  }

  async function settle(): Promise<void> {
    const { filters, passing, unanswered } = model.get();
    const frame = frameOf(model.get());
    if (frame && filters.length) await pass(filters, frame);
    else if (passing || unanswered.length) model.set({ passing: null, unanswered: [] });
  }

  async function pass(filters: readonly Filter[], frame: Frame): Promise<void> {
    const known = knownOf(frame, cellsOf(model.get().statics));
    const sets: Bits[] = [];
    const unanswered: Filter[] = [];
    for (const filter of filters) {
      const parts = terms(filter).map((term) => ({ term, ...asked.given(term, known, frame) }));
      for (const { term, found, isWhole } of parts) {
        const old = kept.get(term);
        const of = [...sources(term, known), ...found.values()];
        const isSame = !isWhole || (old && isAlike(old.of, of));
        const bits = isSame ? old?.bits : await sift(frame, { term, given: found });
        if (isWhole && bits) kept.set(term, { of, bits });
        if (bits) sets.push(bits);
      }
      if (parts.some(({ waits }) => waits)) unanswered.push(filter);
      else if (parts.every(({ isWhole }) => isWhole)) asked.isGood(filter);
    }
    if (!signal.aborted) model.set({ passing: common(sets, frame.rows), unanswered });
  }

  model.subscribe(look, signal);
}

/** The rows that are in all sets; null where there is no set. */
function common(sets: readonly Bits[], rows: number): Bits | null {
  if (sets.length === 0) return null;
  const bits = noBits(rows);
  for (let at = 0; at < bits.length; at++) {
    let byte = 255;
    for (const set of sets) byte &= set[at] ?? 0;
    bits[at] = byte;
  }
  if (rows % 8) bits[bits.length - 1]! &= (1 << (rows % 8)) - 1;
  return bits;
}
