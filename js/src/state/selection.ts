import { type Bits, combined, count } from "./bits";
import type { How } from "./types";

/** A change made here that the kernel has not confirmed yet. */
export interface Operation {
  id: string;
  how: How;
  operand: Bits;
}

/** The kernel's set, the operations still on their way to it, and what is drawn: both together. */
export interface Selection {
  revision: number;
  confirmed: Bits;
  pending: readonly Operation[];
  bits: Bits;
  count: number;
}

const NONE: Bits = new Uint8Array(0);
export const NOTHING: Selection = {
  revision: 0,
  confirmed: NONE,
  pending: [],
  bits: NONE,
  count: 0,
};

function withPending(revision: number, confirmed: Bits, pending: readonly Operation[]): Selection {
  let bits = confirmed;
  for (const { how, operand } of pending) bits = combined(bits, how, operand);
  return { revision, confirmed, pending, bits, count: count(bits) };
}

/** Shown at once, before the kernel knows. */
export const selecting = (selection: Selection, operation: Operation): Selection =>
  withPending(selection.revision, selection.confirmed, [...selection.pending, operation]);

/** What the kernel decided; `bits` is null where the result is what this operation sent. */
export function adopted(
  selection: Selection,
  revision: number,
  operation: string | null,
  bits: Bits | null,
): Selection {
  const done = selection.pending.findIndex(({ id }) => id === operation);
  const confirmed = bits ?? selection.pending[done]?.operand ?? NONE;
  return withPending(revision, confirmed, selection.pending.slice(done + 1));
}

/** Whether the kernel's word of this operation can be taken up without its bits. */
export const isOwn = (selection: Selection, operation: string | null): boolean =>
  selection.pending.some(({ id }) => id === operation);

/** What is drawn, taken for the kernel's: its answers to what was sent are no longer awaited. */
export const settled = (selection: Selection): Selection => ({
  ...selection,
  confirmed: selection.bits,
  pending: [],
});
