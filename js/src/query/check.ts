import type { Comparison, Literal, Tree } from "../state/query";
import { momentIn, numberOf } from "./compared";
import type { Column, Known } from "./known";
import { literalText } from "./printed";
import { isNumeric } from "./rows";
import { leaves } from "./terms";

const ORDERS: readonly string[] = ["<", "<=", ">", ">="];
const EXAMPLE = { number: "0.3", date: '"2026-01-31"' };

/** Pairs of letters, by which names are like each other. */
const pairs = (text: string): Set<string> =>
  new Set(
    Array.from(text.toLowerCase(), (letter, i) => letter + (text[i + 1] ?? "").toLowerCase()),
  );

/** The name that was meant, of those that there are. */
export function nearest(name: string, names: Iterable<string>): string | null {
  const sought = pairs(name);
  let [best, found]: [number, string | null] = [0, null];
  for (const other of names) {
    const its = pairs(other);
    const like = [...its].filter((pair) => sought.has(pair)).length / (its.size + sought.size);
    if (like > best) [best, found] = [like, other];
  }
  return found;
}

/** Says why a question cannot be asked of the columns that are here; those of Python it may judge. */
export function check(tree: Tree, known: Known, canAsk: boolean): void {
  for (const leaf of leaves(tree)) {
    if (!("column" in leaf)) continue;
    const column = known.columns.get(leaf.column);
    if (column && leaf.op === "in") checkValues(column, "=", leaf.values);
    else if (column && "value" in leaf) checkValues(column, leaf.op, [leaf.value]);
    else if (!column && !canAsk) {
      const meant = nearest(leaf.column, known.columns.keys());
      throw new Error(`no column ${leaf.column} here${meant ? `; did you mean ${meant}?` : ""}`);
    }
  }
}

function checkValues(column: Column, op: Comparison, values: readonly Literal[]): void {
  const { name, kind, categories } = column;
  if (isNumeric(column)) {
    if (op === "~") throw new Error(`${name} holds ${kind}s: ~ looks into texts`);
    const odd = values.find((value) => typeof value === "string" && !isMeant(column, value));
    if (odd !== undefined)
      throw new Error(
        `${name} holds ${kind}s: expected one such as ${EXAMPLE[kind as "date"]}, got ${literalText(odd)}`,
      );
  } else if (ORDERS.includes(op)) {
    const odd = values.find(
      (value) => momentIn(String(value)) === null && numberOf(value) === null,
    );
    if (odd !== undefined)
      throw new Error(`${name} holds texts: expected =, != or ~, or a number or date after ${op}`);
  } else if (op !== "~" && categories && !values.some((value) => isClass(categories, value))) {
    const meant = nearest(String(values[0]), categories);
    const hint = meant === null ? "" : `; did you mean ${literalText(meant)}?`;
    throw new Error(`${name} has no class ${literalText(String(values[0]))}${hint}`);
  }
}

const isMeant = ({ kind }: Column, value: string): boolean =>
  (kind === "date" ? momentIn(value) : numberOf(value)) !== null;

const isClass = (categories: readonly string[], value: Literal): boolean => {
  const moment = momentIn(String(value));
  return categories.some(
    (name) => name === String(value) || (moment !== null && momentIn(name) === moment),
  );
};
