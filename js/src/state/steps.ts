import { type Bits, isEqual } from "./bits";

const MOST = 100; // sets
const BUDGET = 64_000_000; // bytes

/** What was selected before, and what was taken back; the nearest to now last in both. */
export interface Steps {
  past: readonly Bits[];
  future: readonly Bits[];
}
export const NO_STEPS: Steps = { past: [], future: [] };

/** The last of them that fit. */
function fitting(past: readonly Bits[]): readonly Bits[] {
  let first = past.length;
  for (let bytes = 0; first > 0 && past.length - first < MOST; first--) {
    bytes += past[first - 1]!.length;
    if (bytes > BUDGET) break;
  }
  return first === 0 ? past : past.slice(first);
}

/** Another set is selected, whoever has said so: there is a step back, and no more a step on. */
export const stepped = (steps: Steps, before: Bits, after: Bits): Steps =>
  isEqual(before, after) ? steps : { past: fitting([...steps.past, before]), future: [] };

export interface Step {
  bits: Bits;
  steps: Steps;
}

/** The set before this one; null where it is the first. */
export function undone({ past, future }: Steps, now: Bits): Step | null {
  const bits = past.at(-1);
  return bits ? { bits, steps: { past: past.slice(0, -1), future: [...future, now] } } : null;
}

/** The set that was taken back last; null where none was. */
export function redone({ past, future }: Steps, now: Bits): Step | null {
  const bits = future.at(-1);
  return bits ? { bits, steps: { past: [...past, now], future: future.slice(0, -1) } } : null;
}
