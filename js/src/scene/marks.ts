import type { Pixel } from "../state/types";

const HEAD = 6; // px
const SHORT = 3; // px: a way that short is a point

const text = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** An arrow from one place to another as a path; "" where they are as good as one. */
export function arrow([x, y]: Pixel, [toX, toY]: Pixel): string {
  const [across, down] = [toX - x, toY - y];
  const length = Math.hypot(across, down);
  if (length < SHORT) return "";
  const size = Math.min(HEAD, length / 2) / length;
  const side = (turn: number) =>
    text(toX - size * (across - turn * down * 0.5), toY - size * (down + turn * across * 0.5));
  return `M${text(x, y)}L${text(toX, toY)}M${side(1)}L${text(toX, toY)}L${side(-1)}`;
}

/** How far something is spread across and up, and both together, in the axes' units. */
export interface Spread {
  across: number;
  up: number;
  both: number;
}

/** What two spreads have in common, of the half-axes and direction (degrees) of their ellipse. */
export const covariance = (major: number, minor: number, angle: number): number =>
  ((major ** 2 - minor ** 2) / 2) * Math.sin((2 * angle * Math.PI) / 180);

/** The ellipse of a spread round a place, `perX` and `perY` being px of a unit of the axes. */
export function ellipse([x, y]: Pixel, spread: Spread, perX: number, perY: number): string {
  const [xx, yy] = [(spread.across * perX) ** 2, (spread.up * perY) ** 2];
  const xy = spread.both * perX * perY;
  const [middle, half] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  const [long, short] = [Math.sqrt(middle + half), Math.sqrt(Math.max(0, middle - half))];
  if (!(long >= 1)) return "";
  const turn = Math.atan2(2 * xy, xx - yy) / 2;
  const [dx, dy] = [long * Math.cos(turn), long * Math.sin(turn)];
  const arc = `A${text(long, short)} ${((turn * 180) / Math.PI).toFixed(1)} 1 0`;
  return `M${text(x + dx, y + dy)}${arc} ${text(x - dx, y - dy)}${arc} ${text(x + dx, y + dy)}`;
}
