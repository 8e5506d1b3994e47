/** Markers as the fragment shader has them: distances from the outline, in radii, y downwards. */
type Outline = (x: number, y: number) => number;

const bar = (x: number, y: number, w: number, h: number): number =>
  Math.max(Math.abs(x) - w, Math.abs(y) - h);
const plus: Outline = (x, y) => Math.min(bar(x, y, 1.25, 0.42), bar(x, y, 0.42, 1.25));
const up: Outline = (x, y) => Math.max(Math.abs(x) * 0.866 - y * 0.5, y) - 0.74;
/** Two triangles: close enough for a star where pixels are few. */
const star: Outline = (x, y) => Math.min(up(x, y), up(x, -y)) + 0.08;

const OUTLINES: readonly Outline[] = [
  (x, y) => Math.hypot(x, y) - 1,
  (x, y) => bar(x, y, 0.89, 0.89),
  (x, y) => (Math.abs(x) + Math.abs(y)) * Math.SQRT1_2 - 0.89,
  up,
  plus,
  (x, y) => plus((x + y) * Math.SQRT1_2, (x - y) * Math.SQRT1_2),
  (x, y) => up(x, -y),
  star,
];

/** How much of each pixel round a marker's middle it covers, and how much of that is its edge. */
export interface Stamp {
  /** Pixels from the middle to the side. */
  reach: number;
  cover: Float32Array;
  rim: Float32Array;
}

const within = (value: number): number => Math.min(1, Math.max(0, value));

export function stamp(shape: number, radius: number): Stamp {
  const reach = Math.ceil((shape === 0 ? 1 : 1.6) * radius + 0.5);
  const side = 2 * reach + 1;
  const [cover, rim] = [new Float32Array(side * side), new Float32Array(side * side)];
  for (let i = 0; i < cover.length; i++) {
    const [x, y] = [(i % side) - reach, Math.floor(i / side) - reach];
    const inside = -OUTLINES[shape]!(x / radius, y / radius) * radius;
    cover[i] = within(inside + 0.5);
    rim[i] = 1 - within(inside - 0.5);
  }
  return { reach, cover, rim };
}
