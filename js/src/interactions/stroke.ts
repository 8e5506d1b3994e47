import { type Bits, noBits } from "../state/bits";
import { type Columns, LATTICE, type Pixel } from "../state/types";
import { isInside, type Mark, type Ring, ring } from "./inside";

const SIDES = 24; // of the polygon that stands for the round brush
const SPACING = 0.2; // of its radius: corners of the path that lie closer change nothing

/** Counted round from the lowest of the leftmost: the smallest convex ring about some points. */
function hull(points: readonly Pixel[]): Pixel[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turns = (a: Pixel, b: Pixel, c: Pixel) =>
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const half = (from: readonly Pixel[]) => {
    const kept: Pixel[] = [];
    for (const point of from) {
      while (kept.length > 1 && turns(kept.at(-2)!, kept.at(-1)!, point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** The corners that tell where the brush went, the first and the last among them. */
function thinned(path: readonly Pixel[], radius: number): Pixel[] {
  const kept: Pixel[] = [];
  for (const [i, here] of path.entries()) {
    const last = kept.at(-1);
    const far = last ? Math.hypot(here[0] - last[0], here[1] - last[1]) : radius;
    if (far >= SPACING * radius || i === path.length - 1) kept.push(here);
  }
  return kept;
}

/**
 * What a round brush covers on its way, as convex rings on a frame's lattice: one for each piece of
 * the way, in whole numbers, so that its rows are the same wherever they are looked for.
 */
export function stroke(
  path: readonly Pixel[],
  radius: number,
  toCode: (at: Pixel) => Pixel,
): Ring[] {
  const brush = Array.from({ length: SIDES }, (_, i): Pixel => {
    const turn = (2 * Math.PI * i) / SIDES;
    return [radius * Math.cos(turn), radius * Math.sin(turn)];
  });
  const round = ([x, y]: Pixel) =>
    brush.map(([dx, dy]) => toCode([x + dx, y + dy]).map(Math.round) as unknown as Pixel);
  const corners = thinned(path, radius);
  const pieces =
    corners.length === 1 ? [[corners[0]!]] : corners.slice(1).map((to, i) => [corners[i]!, to]);
  return pieces.map((ends) => ring(hull(ends.flatMap(round))));
}

const SIDE = 8; // 2^8 x 2^8 cells of 256 x 256 places of the lattice
const CELL = 16 - SIDE;
const CELLS = 1 << SIDE;

const cells = (values: Int32Array): [from: number, to: number] => [
  Math.max(0, Math.min(...values) >> CELL),
  Math.min(CELLS - 1, Math.max(...values) >> CELL),
];

/** In each cell the rings that reach into it; null where one covers all of it. */
function ringsByCell(rings: readonly Ring[]): Map<number, Ring[] | null> {
  const found = new Map<number, Ring[] | null>();
  for (const one of rings) {
    const [[left, right], [low, high]] = [cells(one.x), cells(one.y)];
    for (let row = low; row <= high; row++)
      for (let column = left; column <= right; column++) {
        const at = (row << SIDE) | column;
        const others = found.get(at);
        if (others === null) continue;
        if (covers(one, column << CELL, row << CELL)) found.set(at, null);
        else if (others) others.push(one);
        else found.set(at, [one]);
      }
  }
  return found;
}

/** Is every place of a cell inside? The ring is convex: its corners tell. */
function covers(one: Ring, x: number, y: number): boolean {
  const [right, top] = [x + (1 << CELL) - 1, y + (1 << CELL) - 1];
  return (
    right <= LATTICE &&
    top <= LATTICE &&
    isInside(x, y, one) &&
    isInside(right, y, one) &&
    isInside(x, top, one) &&
    isInside(right, top, one)
  );
}

/** Marks those of the rows `from` to `to` that lie in any of the rings; they have a place. */
export function toucher({ x, y }: Pick<Columns, "x" | "y">, rings: readonly Ring[]): Mark {
  const near = ringsByCell(rings);
  const [xs, ys] = [x.codes, y.codes];
  return (bits, from, to) => {
    for (let row = from; row < to; row++) {
      const [px, py] = [xs[row]!, ys[row]!];
      const some = near.get(((py >> CELL) << SIDE) | (px >> CELL));
      if (some === undefined || px > LATTICE || py > LATTICE) continue;
      if (some === null || some.some((one) => isInside(px, py, one)))
        bits[row >> 3]! |= 1 << (row & 7);
    }
  };
}

/** The rows in any of the rings. */
export function rowsTouched(columns: Pick<Columns, "rows" | "x" | "y">, rings: Ring[]): Bits {
  const bits = noBits(columns.rows);
  toucher(columns, rings)(bits, 0, columns.rows);
  return bits;
}
