import { format } from "d3-format";
import type { Control } from "../state/types";

/** Places of a slider, 0 to STEPS. */
export const STEPS = 100;

const small = format(".2~e");
const usual = format(".4~g");

/** A control's value as text: 0.05, but 3.2e-5. */
export const controlText = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? small(value) : usual(value);

/** Where the value stands on its slider, 0 to STEPS. */
export function placeOf({ min, max, log }: Control, value: number): number {
  const along = log ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.round(STEPS * Math.min(1, Math.max(0, along)));
}

/** The value of a place, as round as two neighbours allow that must differ. */
export function valueAt({ min, max, log }: Control, place: number): number {
  if (place <= 0) return min;
  if (place >= STEPS) return max;
  const along = place / STEPS;
  if (!log) {
    const step = (max - min) / STEPS;
    const digits = Math.max(0, 1 - Math.floor(Math.log10(step)));
    return within(min, max, Number((min + along * (max - min)).toFixed(Math.min(100, digits))));
  }
  const factor = (max / min) ** (1 / STEPS);
  const digits = Math.max(2, 1 + Math.ceil(-Math.log10(factor - 1)));
  return within(min, max, Number((min * (max / min) ** along).toPrecision(Math.min(100, digits))));
}

const within = (min: number, max: number, value: number): number =>
  Math.min(max, Math.max(min, value));
