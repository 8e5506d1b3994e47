import type { Bits } from "../state/bits";
import type { Cells, Columns, Role } from "../state/types";
import type { What } from "./jobs";

type Codes = Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
/** Rows of a frame, of each column that it has. */
export type Part = Partial<Record<Role, Codes>>;

/** What the page tells its worker. `map` names one map of the page. */
export type Order =
  /** A frame comes, in parts: what is said of its columns, whose codes follow. */
  | { kind: "frame"; map: string; columns: Columns }
  /** Its arrays come back as the answer, to be filled again. */
  | { kind: "part"; map: string; id: number; from: number; codes: Part }
  | { kind: "static"; map: string; name: string; cells: Cells }
  | { kind: "sets"; map: string; passing: Bits | null; selection: Bits | null }
  | { kind: "forget"; map: string }
  | { kind: "ask"; map: string; id: number; what: What; about: unknown };

/** The memory of a part, to be given away. */
export const buffersOf = (codes: Part): ArrayBuffer[] =>
  Object.values(codes).map(({ buffer }) => buffer);

/** What comes back; without an id it says that a long answer is being worked on. */
export interface Reply {
  id?: number;
  answer?: unknown;
  error?: string;
}
