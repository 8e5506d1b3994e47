import type { Domain } from "../state/types";

type Unit = "ms" | "s" | "m" | "h" | "D" | "M" | "Y";
/** A unit, and so many of them. */
type Step = readonly [unit: Unit, count: number];

const LENGTH: Record<Unit, number> = {
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
  D: 8.64e7,
  M: 2.63e9,
  Y: 3.156e10,
};
const some = (unit: Unit, ...counts: number[]): Step[] => counts.map((n) => [unit, n]);
const ROUND: Step[] = [
  ...some("ms", 1, 10, 100),
  ...some("s", 1, 5, 15, 30),
  ...some("m", 1, 5, 15, 30),
  ...some("h", 1, 3, 6, 12),
  ...some("D", 1, 2, 7, 14),
  ...some("M", 1, 3, 6),
  ...some("Y", 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000),
];
const MONDAY = 3; // days from the first one of 1970 back to the Monday before

const stepOf = (span: number, wanted: number): Step =>
  ROUND.find(([unit, count]) => count * LENGTH[unit] >= span / wanted) ?? ROUND.at(-1)!;

/** The first of a month, counted from the year 0; UTC. */
const firstOf = (month: number): number =>
  new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1);

/** Round moments in sight, about `wanted` of them. */
export function dateTicks([low, high]: Domain, wanted: number): { value: number; label: string }[] {
  const [unit, count] = stepOf(high - low, wanted);
  const months = unit === "Y" ? 12 * count : unit === "M" ? count : 0;
  const start = new Date(low);
  const offset = unit === "D" && count >= 7 ? MONDAY * LENGTH.D : 0;
  const length = count * LENGTH[unit];
  const first = months
    ? Math.ceil((12 * start.getUTCFullYear() + start.getUTCMonth()) / months)
    : Math.ceil((low + offset) / length);
  const at = (i: number) =>
    months ? firstOf((first + i) * months) : (first + i) * length - offset;
  const values = Array.from({ length: 2 * wanted + 3 }, (_, i) => at(i));
  return values
    .filter((value) => value >= low && value <= high)
    .map((value) => ({ value, label: written(value, unit) }));
}

/** A moment as exact as a span of time needs it, with its day. */
export function dateText(value: number, span: number): string {
  const [unit] = stepOf(span, 500);
  const iso = isoOf(value);
  const [day, time] = [iso.slice(0, -14), iso.slice(-13, -1)];
  if ("DMY".includes(unit)) return day;
  return `${day} ${unit === "ms" ? time : time.slice(0, unit === "s" ? 8 : 5)}`;
}

/** As far as the step tells: 2020, 2020-03, 2020-03-05, 03-05 14:00, 14:00:05. */
function written(value: number, unit: Unit): string {
  const iso = isoOf(value);
  const [day, time] = [iso.slice(0, -14), iso.slice(-13, -1)];
  const whole: Partial<Record<Unit, string>> = {
    Y: day.slice(0, -6),
    M: day.slice(0, -3),
    D: day,
    s: time.slice(0, 8),
    ms: time,
  };
  return whole[unit] ?? `${day.slice(-5)} ${time.slice(0, 5)}`;
}

/** 2020-03-05T14:00:00.000Z; what no calendar has is cut to its end. */
const isoOf = (value: number): string =>
  new Date(Math.max(-8.64e15, Math.min(8.64e15, Math.round(value)))).toISOString();
