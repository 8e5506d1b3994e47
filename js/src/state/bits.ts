import type { How } from "./types";

/** A set of rows: row i is bit i & 7 of byte i >> 3. */
export type Bits = Uint8Array<ArrayBuffer>;

const BITS_IN = Uint8Array.from({ length: 256 }, (_, byte) => {
  let n = 0;
  for (let rest = byte; rest; rest >>= 1) n += rest & 1;
  return n;
});

export const noBits = (rows: number): Bits => new Uint8Array((rows + 7) >> 3);

export const has = (bits: Bits, row: number): boolean =>
  (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;

export function count(bits: Bits): number {
  let n = 0;
  for (let i = 0; i < bits.length; i++) n += BITS_IN[bits[i]!]!;
  return n;
}

type Combine = (old: number, operand: number) => number;
const COMBINE: Record<Exclude<How, "replace">, Combine> = {
  add: (old, operand) => old | operand,
  subtract: (old, operand) => old & ~operand,
  intersect: (old, operand) => old & operand,
};

/** The set after an operation; the shorter of the two is taken to end in rows that are not in it. */
export function combined(old: Bits, how: How, operand: Bits): Bits {
  if (how === "replace") return operand;
  const combine = COMBINE[how];
  const out = new Uint8Array(Math.max(old.length, operand.length));
  out.set(old);
  for (let i = 0; i < operand.length; i++) out[i] = combine(out[i]!, operand[i]!);
  return how === "intersect" ? out.fill(0, operand.length) : out;
}

/** Do both hold the same rows? They may end in rows that neither holds. */
export function isEqual(a: Bits, b: Bits): boolean {
  if (a === b) return true;
  for (let i = Math.max(a.length, b.length) - 1; i >= 0; i--)
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return false;
  return true;
}

/** Is there a row in both? */
export function isMet(a: Bits, b: Bits): boolean {
  for (let i = Math.min(a.length, b.length) - 1; i >= 0; i--) if (a[i]! & b[i]!) return true;
  return false;
}

/** The set of one row. */
export function only(row: number, rows: number): Bits {
  const bits = noBits(rows);
  bits[row >> 3]! |= 1 << (row & 7);
  return bits;
}

/** The same set, long enough for so many rows. */
export function padded(bits: Bits, rows: number): Bits {
  const out = noBits(rows);
  out.set(bits.subarray(0, out.length));
  return out;
}
