import type { Frame } from "../state/types";

/** The second part of the front end, as the wire knows it. */
export interface Second {
  isTaken(): boolean;
  /** A frame has come, which may be of an epoch that is over. */
  keep(frame: Frame): void;
  /** Its module and its style sheet, both as text. */
  take(buffers: DataView[]): void;
}
