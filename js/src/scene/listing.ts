import { type Bits, has } from "../state/bits";
import type { Order } from "../state/cards";
import {
  type Camera,
  type Frame,
  LATTICE,
  MISSING,
  NO_COLOR,
  type Position,
  WAITING,
} from "../state/types";

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
  const [xs, ys] = [x.codes, y.codes];
  const out = new Uint32Array(Math.min(rows, MOST));
  let n = 0;
  for (let row = 0; row < rows && n < MOST; row++) {
    const px = xs[row]!;
    if ((px < x0 || px > x1 || px > LATTICE) && px !== WAITING) continue;
    const py = ys[row]!;
    if ((py < y0 || py > y1 || py > LATTICE) && py !== WAITING) continue;
    if (!passing || has(passing, row)) out[n++] = row;
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

const same = (code: number): number => code;

/** Rows of one class, or one whole number, lie side by side on an axis and are alike in order. */
function ranks({ kind, domain: [low, high] }: Position): (code: number) => number {
  const step = (high - low) / LATTICE;
  if ((kind !== "category" && kind !== "count") || step > 1) return same;
  const first = Math.round(low);
  return (code) => Math.round(low + code * step) - first;
}

/** Rows by a column of the frame; those without a value come last, whichever way. */
export function ordered(rows: Uint32Array, frame: Frame, { by, isDown }: Order): Uint32Array {
  if (by === "rows") return isDown ? rows.slice().reverse() : rows;
  const column = frame[by];
  const last = by === "color" ? NO_COLOR - 1 : LATTICE;
  const rank = by === "color" ? same : ranks(column as Position);
  const starts = new Uint32Array(MISSING + 2);
  const places = new Uint16Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const code = column.codes[rows[i]!]!;
    const place = code > last ? code : isDown ? last - rank(code) : rank(code);
    places[i] = place;
    starts[place + 1]! += 1;
  }
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const out = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[starts[places[i]!]!++] = rows[i]!;
  return out;
}
