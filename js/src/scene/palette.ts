import { type Color, NO_COLOR, type Rgb, type Theme } from "../state/types";

const rgb = (hex: string): Rgb => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];
const list = (hexes: string): Rgb[] => hexes.split(" ").map(rgb);

/** Dataset Cartography (Swayamdipta et al. 2020): blue, near black, red; on dark the middle is light. */
const DIVERGING: Record<Theme, Rgb[]> = {
  light: list("#5070db #222222 #d1483a"),
  dark: list("#6f8dff #e3e1dc #ff6a55"),
};
/** Viridis without the end that the background swallows. */
const SEQUENTIAL: Record<Theme, Rgb[]> = {
  light: list("#440154 #46327e #365c8d #277f8e #1fa187 #4ac16d #a0c31e"),
  dark: list("#5a4fa2 #3f6f9f #2d8f95 #27ad81 #5cc863 #aadc32 #fde725"),
};
/**
 * Okabe and Ito's colours without those that a background swallows, then each the farthest from
 * those before it as people with any colour vision see them.
 */
const CATEGORICAL = list(
  "#0072b2 #d55e00 #009e73 #cc79a7 #56b4e9 #e69f00 #78004b #1414f0 #784b00 #3c2d96 " +
    "#9669ff #69d296 #964b78 #d200b4 #ff4b69 #c3004b #00694b #5a00d2 #ff78d2 #4b5ae1",
);
/** What stands for all the other categories, and for quiet ones. */
const OTHER = rgb("#8d8d8d");
const ABSENT: Record<Theme, Rgb> = { light: rgb("#9a9a9a"), dark: rgb("#8a8a8a") };
const ABSENT_ALPHA = 140;

/** A colour along the stops, 0 to 1. */
function blended(stops: readonly Rgb[], at: number): Rgb {
  const place = Math.min(1, Math.max(0, at)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[i]!, stops[i + 1]!];
  const mix = (k: 0 | 1 | 2) => Math.round(from[k] + (to[k] - from[k]) * (place - i));
  return [mix(0), mix(1), mix(2)];
}

/** The last code that stands for a value. */
export const lastCode = ({ kind, steps, categories }: Omit<Color, "codes">): number => {
  if (kind === "steps") return (steps ?? 11) - 1;
  return kind === "category" ? Math.max(0, (categories?.length ?? 1) - 1) : NO_COLOR - 1;
};

/** The colour of a code. */
export function colorOf(column: Omit<Color, "codes">, code: number, theme: Theme): Rgb {
  if (code === NO_COLOR) return ABSENT[theme];
  if (column.kind === "category") {
    const own = column.colors?.[code];
    if (own && /^#[0-9a-f]{6}$/i.test(own)) return rgb(own);
    const isRest = column.quiet?.includes(code) || (column.other && code === lastCode(column));
    return isRest ? OTHER : CATEGORICAL[code % CATEGORICAL.length]!;
  }
  const stops = column.kind === "steps" ? DIVERGING[theme] : SEQUENTIAL[theme];
  return blended(stops, code / Math.max(1, lastCode(column)));
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r}, ${g}, ${b})`;

/** 256 colours as bytes, red, green, blue, alpha. */
export function palette(column: Omit<Color, "codes">, theme: Theme): Uint8Array {
  const bytes = new Uint8Array(256 * 4);
  for (let code = 0; code < 256; code++)
    bytes.set([...colorOf(column, code, theme), code === NO_COLOR ? ABSENT_ALPHA : 255], code * 4);
  return bytes;
}
