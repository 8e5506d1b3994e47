import { type Camera, type Domain, HOME } from "./types";

const CLOSEST = 1 / 2000;
const FARTHEST = 4;

const span = ([low, high]: Domain): number => high - low;

function zoomedRange([low, high]: Domain, factor: number, at: number): Domain {
  const wanted = (high - low) * factor;
  const kept = Math.min(FARTHEST, Math.max(CLOSEST, wanted)) / (high - low);
  const centre = low + (high - low) * at;
  return [centre - (centre - low) * kept, centre + (high - centre) * kept];
}

/** Zoomed by a factor (< 1: closer) about a point, given in fractions of what is visible. */
export const zoomed = (camera: Camera, factor: number, x: number, y: number): Camera => ({
  x: zoomedRange(camera.x, factor, x),
  y: zoomedRange(camera.y, factor, y),
});

/** Some of the map stays in sight. */
function kept([low, high]: Domain): Domain {
  const shift = Math.max(0, 0.1 - high) - Math.max(0, low - 0.9);
  return [low + shift, high + shift];
}

/** Moved by fractions of what is visible. */
export const panned = (camera: Camera, dx: number, dy: number): Camera => ({
  x: kept([camera.x[0] + dx * span(camera.x), camera.x[1] + dx * span(camera.x)]),
  y: kept([camera.y[0] + dy * span(camera.y), camera.y[1] + dy * span(camera.y)]),
});

const isHome = ([low, high]: Domain): boolean => low === HOME.x[0] && high === HOME.x[1];

/** The same values in sight after the domain has grown; the whole stays the whole. */
export function rebased(visible: Domain, from: Domain, to: Domain): Domain {
  if (isHome(visible)) return visible;
  const fraction = (at: number) => (from[0] + at * span(from) - to[0]) / span(to);
  return [fraction(visible[0]), fraction(visible[1])];
}
