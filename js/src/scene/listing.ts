import { type Bits, has } from "../state/bits";
import type { Order } from "../state/cards";
import { type Camera, type Frame, LATTICE, MISSING, WAITING } from "../state/types";

/** Rows that a list can hold. */
export const MOST = 1_000_000;

const codesIn = ([low, high]: Camera["x"]): [number, number] => [low * LATTICE, high * LATTICE];

/** The rows of a set that pass the filters, in the dataset's order. */
function selected(rows: number, bits: Bits, passing: Bits | null): Uint32Array {
  const out = new Uint32Array(Math.min(rows, MOST));
  let n = 0;
  for (let row = 0; row < rows && n < MOST; row++) {
    const byte = bits[row >> 3] ?? 0;
    if (byte === 0) row |= 7;
    else if ((byte >> (row & 7)) & 1 && (!passing || has(passing, row))) out[n++] = row;
  }
  return out.slice(0, n);
}

/** The rows that are drawn inside what the camera shows. */
function inSight({ rows, x, y }: Frame, camera: Camera, passing: Bits | null): Uint32Array {
  const [x0, x1] = codesIn(camera.x);
  const [y0, y1] = codesIn(camera.y);
  const isIn = (code: number, low: number, high: number) =>
    code === WAITING || (code <= LATTICE && code >= low && code <= high);
  const out = new Uint32Array(Math.min(rows, MOST));
  let n = 0;
  for (let row = 0; row < rows && n < MOST; row++) {
    const [px, py] = [x.codes[row]!, y.codes[row]!];
    if (isIn(px, x0, x1) && isIn(py, y0, y1) && (!passing || has(passing, row))) out[n++] = row;
  }
  return out.slice(0, n);
}

/** What a list shows: the selection, or what is in sight where nothing is selected. */
export function listed(
  frame: Frame,
  camera: Camera,
  selection: { bits: Bits; count: number },
  passing: Bits | null,
): Uint32Array {
  return selection.count
    ? selected(frame.rows, selection.bits, passing)
    : inSight(frame, camera, passing);
}

/** Rows by a column of the frame; those without a value come last, whichever way. */
export function ordered(rows: Uint32Array, frame: Frame, { by, isDown }: Order): Uint32Array {
  if (by === "rows") return isDown ? rows.slice().reverse() : rows;
  const { codes } = frame[by];
  const lastValue = by === "color" ? 254 : LATTICE;
  const place = (row: number): number => {
    const code = codes[row] ?? MISSING;
    return code <= lastValue && isDown ? lastValue - code : code;
  };
  const starts = new Uint32Array(MISSING + 2);
  for (const row of rows) starts[place(row) + 1]! += 1;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const out = new Uint32Array(rows.length);
  for (const row of rows) out[starts[place(row)]!++] = row;
  return out;
}
