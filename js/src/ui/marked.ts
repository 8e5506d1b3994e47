import { marks } from "../query/fold";
import type { Filter } from "../state/filters";
import type { Tree } from "../state/query";
import { html } from "./element";

const MOST = 200; // marks in one text

function words(tree: Tree): string[] {
  if (tree.op === "and" || tree.op === "or") return tree.of.flatMap(words);
  if (tree.op === "search") return [tree.text];
  return tree.op === "~" ? [String(tree.value)] : [];
}

/** The words that the filters look for. */
export const sought = (filters: readonly Filter[]): string[] =>
  filters.flatMap((filter) => (filter.kind === "query" ? words(filter.tree) : []));

/** A text with what is looked for marked. */
export function marked(text: string, looked: readonly string[]): (Node | string)[] {
  const spans = looked.flatMap((word) => marks(text, word)).sort((a, b) => a[0] - b[0]);
  const out: (Node | string)[] = [];
  let at = 0;
  for (const [from, to] of spans.slice(0, MOST)) {
    if (from < at) continue;
    out.push(text.slice(at, from), html("mark", {}, text.slice(from, to)));
    at = to;
  }
  return [...out, text.slice(at)];
}
