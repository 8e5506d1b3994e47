import type { Sifting } from "../query/filtering";
import { knownOf } from "../query/known";
import { passing as passes, staticsOf } from "../query/terms";
import { type Bits, noBits } from "../state/bits";
import type { Cells } from "../state/types";
import { inBlocks, type Job } from "./job";
import type { Table } from "./table";

/** The columns that a question looks at, of those that were sent once. */
export const columnsOf = ({ term }: Sifting, statics: ReadonlyMap<string, Cells>): string[] =>
  staticsOf(term, statics);

/** The rows that pass a term. */
export function* passing({ frame, statics }: Table, { term, given }: Sifting): Job<Bits> {
  const bits = noBits(frame.rows);
  const fill = passes(term, knownOf(frame, statics), (tree) => given.get(tree));
  yield* inBlocks(frame.rows, (from, to) => fill(bits, from >> 3, (to + 7) >> 3));
  return bits;
}
