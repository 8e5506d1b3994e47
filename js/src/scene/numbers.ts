import { tickStep, ticks } from "d3-array";
import { format, precisionFixed } from "d3-format";
import { type Color, type Domain, LATTICE, type Position } from "../state/types";
import { lastCode } from "./palette";

export interface Tick {
  value: number;
  label: string;
}

const fixed = (step: number): ((value: number) => string) =>
  step >= 1e5 ? format("~s") : format(`,.${precisionFixed(step)}f`);

/** Round values in sight, about one to every `room` pixels; categories by their names. */
export function axisTicks(column: Position, visible: Domain, pixels: number, room: number): Tick[] {
  const wanted = Math.max(2, Math.floor(pixels / room));
  const values = ticks(visible[0], visible[1], wanted);
  if (column.categories) {
    const names = column.categories;
    return values
      .filter((v) => names[v] !== undefined)
      .map((v) => ({ value: v, label: names[v]! }));
  }
  const isWhole = column.kind === "count";
  const step = tickStep(visible[0], visible[1], wanted);
  const text = fixed(isWhole ? Math.max(1, step) : step);
  return values
    .filter((value) => !isWhole || Number.isInteger(value))
    .map((value) => ({ value, label: text(value) }));
}

/** A value of the domain to three or four figures. */
export const inDomain = ([low, high]: Domain, value: number): string =>
  fixed((high - low) / 500)(value);

/** The value of a place on the lattice, as text. */
export function positionText({ domain, categories, kind }: Position, code: number): string {
  const value = domain[0] + (code / LATTICE) * (domain[1] - domain[0]);
  if (categories) return categories[Math.round(value)] ?? "";
  return kind === "count" ? grouped(Math.round(value)) : inDomain(domain, value);
}

/** The value of a colour code, as text. */
export function colorText(column: Color, code: number): string {
  if (column.kind === "category") return column.categories?.[code] ?? "";
  const [low, high] = column.domain;
  const value = low + (code / lastCode(column)) * (high - low);
  return column.kind === "count" ? grouped(Math.round(value)) : endText(column.domain, value);
}

/** A value that ends a legend: short. */
export const endText = ([low, high]: Domain, value: number): string =>
  high - low > 20 ? grouped(Math.round(value)) : format(".2~r")(value);

/** At most so many letters of a text. */
export const clamped = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most).trimEnd()}…` : text;

/** 3708 -> 3,708 */
export const grouped = format(",d");
