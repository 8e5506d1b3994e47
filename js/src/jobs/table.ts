import type { Grid } from "../interactions/grid";
import type { Bits } from "../state/bits";
import type { Cells, Columns } from "../state/types";

/** Everything that is known of a map's rows where a question is answered, here or in the worker. */
export interface Table {
  frame: Columns;
  /** Columns sent once, those that were asked for. */
  statics: ReadonlyMap<string, Cells>;
  /** null: all pass. */
  passing: Bits | null;
  /** null: none is selected. */
  selection: Bits | null;
  /** Rows by place; null: not made. */
  grid: Grid | null;
}
