import type { Literal, Tree } from "../state/query";

const PLAIN = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;
const KEPT = new Set(["and", "or", "not", "in", "is", "missing"]);

const inQuotes = (text: string, quote: string): string =>
  quote + text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`) + quote;

/** A column's name as it is written in a question. */
export const columnText = (name: string): string =>
  PLAIN.test(name) && !KEPT.has(name.toLowerCase()) ? name : inQuotes(name, "`");

export const literalText = (value: Literal): string =>
  typeof value === "number" ? String(value) : inQuotes(value, '"');

function inner(tree: Tree): string {
  const text = printed(tree);
  return tree.op === "and" || tree.op === "or" ? `(${text})` : text;
}

/** The text that is read as this tree. */
export function printed(tree: Tree): string {
  switch (tree.op) {
    case "and":
    case "or":
      return tree.of.map(inner).join(` ${tree.op} `);
    case "not":
      return `not ${inner(tree.of)}`;
    case "in":
      return `${columnText(tree.column)} in (${tree.values.map(literalText).join(", ")})`;
    case "missing":
      return `${columnText(tree.column)} is missing`;
    case "search":
      return inQuotes(tree.text, '"');
    default:
      return `${columnText(tree.column)} ${tree.op} ${literalText(tree.value)}`;
  }
}
