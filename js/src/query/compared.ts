import type { Comparison, Literal } from "../state/query";
import { folded } from "./fold";
import { numberIn } from "./tokens";

const ORDER: Partial<Record<Comparison, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const DATE =
  /^(?!0000)(\d{4})-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?)?$/;

/** The moment that an ISO date is, in milliseconds; null where a text is none. */
export function momentIn(text: string): number | null {
  const parts = DATE.exec(text);
  if (!parts) return null;
  const [year, month, day = "01", hour = "00", minute = "00", second = "00"] = parts.slice(1);
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const at = Date.parse(`${iso}Z`);
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(iso)) return null; // 31 February
  const zone = /^([+-])(\d\d):?(\d\d)$/.exec(parts[8] ?? "");
  const away = zone ? Number(`${zone[1]}1`) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  return at - away * 60_000 + Number(`0.${parts[7] ?? 0}`) * 1000;
}

/** The number that is meant: of one too large for a number here, its digits are told. */
export const numberOf = (value: Literal): number | null =>
  typeof value === "number" ? value : numberIn(value);

/** How numbers stand to a number. */
export function numberTest(op: Comparison, to: number): (value: number) => boolean {
  const order = ORDER[op];
  if (order) return (value) => order(value, to);
  if (op === "!=") return (value) => value !== to && !Number.isNaN(value);
  return op === "=" ? (value) => value === to : () => false;
}

/** How texts stand to what is written: numbers and dates in their order, other texts in none. */
export function textTest(op: Comparison, to: Literal): (text: string) => boolean {
  const said = String(to);
  if (op === "~") {
    const sought = folded(said);
    return (text) => folded(text).includes(sought);
  }
  const moment = typeof to === "number" ? null : momentIn(said);
  const order = ORDER[op];
  if (!order) {
    const isSame = (text: string) =>
      text === said || (moment !== null && momentIn(text) === moment);
    return op === "=" ? isSame : (text) => !isSame(text);
  }
  const [read, bound] = moment === null ? [numberIn, numberOf(to)] : [momentIn, moment];
  return (text) => {
    const value = bound === null ? null : read(text);
    return value !== null && order(value, bound!);
  };
}
