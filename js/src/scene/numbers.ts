import { tickStep, ticks } from "d3-array";
import { format, precisionFixed } from "d3-format";
import { type Color, type ColumnHeader, type Domain, LATTICE, type Position } from "../state/types";
import { dateText, dateTicks } from "./dates";
import { lastCode } from "./palette";

type Told = Pick<ColumnHeader, "domain" | "categories" | "kind">;

export interface Tick {
  value: number;
  label: string;
}

/** Numbers of four figures are often years: they have no comma. */
const fixed = (step: number, most: number): ((value: number) => string) =>
  step >= 1e5 ? format("~s") : format(`${most < 1e4 ? "" : ","}.${precisionFixed(step)}f`);

const mostOf = ([low, high]: Domain): number => Math.max(Math.abs(low), Math.abs(high));

/** Round values in sight, about one to every `room` pixels; categories by their names. */
export function axisTicks(column: Position, visible: Domain, pixels: number, room: number): Tick[] {
  const wanted = Math.max(2, Math.floor(pixels / room));
  if (column.kind === "date") return dateTicks(visible, wanted);
  const values = ticks(visible[0], visible[1], wanted);
  if (column.categories) {
    const names = column.categories;
    return values
      .filter((v) => names[v] !== undefined)
      .map((v) => ({ value: v, label: names[v]! }));
  }
  const isWhole = column.kind === "count";
  const step = tickStep(visible[0], visible[1], wanted);
  const text = fixed(isWhole ? Math.max(1, step) : step, mostOf(visible));
  return values
    .filter((value) => !isWhole || Number.isInteger(value))
    .map((value) => ({ value, label: text(value) }));
}

/** A value of a column as text: to three or four figures of its domain. */
export function valueText({ domain, categories, kind }: Told, value: number): string {
  const [low, high] = domain;
  if (kind === "date") return dateText(value, high - low);
  if (categories) return categories[Math.round(value)] ?? "";
  return fixed(kind === "count" ? 1 : (high - low) / 500, mostOf(domain))(value);
}

/** The value of a place on the lattice, as text. */
export function positionText(column: Position, code: number): string {
  const [low, high] = column.domain;
  return valueText(column, low + (code / LATTICE) * (high - low));
}

/** The value of a colour code, as text. */
export function colorText(column: Color, code: number): string {
  if (column.kind === "category") return column.categories?.[code] ?? "";
  const [low, high] = column.domain;
  const value = low + (code / lastCode(column)) * (high - low);
  return column.kind === "count" ? valueText(column, value) : endText(column, value);
}

/** A value that ends a legend: short. */
export function endText({ kind, domain: [low, high] }: Told, value: number): string {
  if (kind === "date") return dateText(value, 500 * (high - low)); // to the day, or the year
  return high - low > 20 ? fixed(1, mostOf([low, high]))(value) : format(".2~r")(value);
}

/** At most so many letters of a text. */
export const clamped = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most).trimEnd()}…` : text;

/** 3708 -> 3,708 */
export const grouped = format(",d");
