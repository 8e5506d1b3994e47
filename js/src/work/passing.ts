import { type Bits, noBits } from "../state/bits";
import type { Filter } from "../state/filters";
import { inBlocks, type Job } from "./job";
import type { Table } from "./table";

/** The columns that filters look at. */
export const columnsOf = (_filters: readonly Filter[]): string[] => [];

/** The rows that pass all filters. */
export function* passing({ frame }: Table, _filters: readonly Filter[]): Job<Bits> {
  const bits = noBits(frame.rows);
  yield* inBlocks(frame.rows, (from, to) => {
    for (let row = from; row < to; row++) bits[row >> 3]! |= 1 << (row & 7);
  });
  return bits;
}
