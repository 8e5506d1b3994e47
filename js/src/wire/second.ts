/** The second part of the front end, as the wire knows it. */
export interface Second {
  isTaken(): boolean;
  /** Its module and its style sheet, both as text. */
  take(buffers: DataView[]): void;
}
