const round = (at: number): string => String(Math.round(at * 1000) / 1000);

/** A closed path through corners given as x, y, x, y, ... in radii, y downwards. */
function path(corners: readonly number[], radius: number): string {
  const at = corners.map((corner) => round(corner * radius));
  const points = at.flatMap((x, i) => (i % 2 ? [] : [`${x} ${at[i + 1]}`]));
  return `M${points.join("L")}Z`;
}

const [L, T] = [1.25, 0.42]; // a bar's half length and half thickness
const PLUS = [-T, -L, T, -L, T, -T, L, -T, L, T, T, T, T, L, -T, L, -T, T, -L, T, -L, -T, -T, -T];
const UP = [0, -1.48, 1.282, 0.74, -1.282, 0.74];

/** Every other corner as far out as a star's points are. */
const STAR = Array.from({ length: 10 }, (_, i) => {
  const [turn, far] = [(i * Math.PI) / 5, i % 2 ? 0.72 : 1.5];
  return [far * Math.sin(turn), -far * Math.cos(turn)];
}).flat();

/** Turned by an eighth. */
const turned = (corners: readonly number[]): number[] =>
  corners.map((at, i) => {
    const other = corners[i % 2 ? i - 1 : i + 1]!;
    return (i % 2 ? at + other : at - other) * Math.SQRT1_2;
  });

/** What the shader draws for shape codes 0 to 7, after which they begin anew; 0 is the circle. */
const CORNERS: readonly number[][] = [
  [],
  [-0.89, -0.89, 0.89, -0.89, 0.89, 0.89, -0.89, 0.89],
  [0, -1.259, 1.259, 0, 0, 1.259, -1.259, 0],
  UP,
  PLUS,
  turned(PLUS),
  UP.map((at) => -at),
  STAR,
];
export const SHAPES = CORNERS.length;

const circle = (r: string): string => `M-${r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 -${r} 0Z`;

/** The marker of a shape code as an SVG path round (0, 0); 255, no shape, is a circle. */
export function markerPath(shape: number, radius = 1): string {
  const corners = CORNERS[shape === 255 ? 0 : shape % SHAPES]!;
  return corners.length ? path(corners, radius) : circle(round(radius));
}
