import type { CategoriesFilter, Filter, RangeFilter } from "../state/filters";
import type { Literal, Tree } from "../state/query";
import type { Cells } from "../state/types";
import { type Column, type Known, previewed } from "./known";
import { type Fill, type Given, isNumeric, rowsBetween, rowsOf } from "./rows";

/** A part of a filter that can be answered by itself; a row passes if it passes all terms. */
export interface Term {
  tree: Tree;
  /** A filter that goes by what is drawn, as long as it is. */
  by?: RangeFilter | CategoriesFilter;
}

const termsOf = new WeakMap<Filter, Term[]>();

function split(filter: Filter): Term[] {
  if (filter.kind === "query") {
    const { tree } = filter;
    return (tree.op === "and" ? tree.of : [tree]).map((one) => ({ tree: one }));
  }
  const { column } = filter;
  if (filter.kind === "categories") {
    const { hidden, left } = filter;
    const among: Tree = { op: "in", column, values: [...(left ?? hidden)] };
    const tree: Tree = left
      ? { op: "or", of: [among, { op: "missing", column }] }
      : { op: "not", of: among };
    return [{ tree, by: filter }];
  }
  const low: Tree = { op: ">=", column, value: filter.from };
  return [{ tree: { op: "and", of: [low, { op: "<=", column, value: filter.to }] }, by: filter }];
}

/** The terms of a filter, the same ones each time. */
export function terms(filter: Filter): Term[] {
  const known = termsOf.get(filter) ?? split(filter);
  termsOf.set(filter, known);
  return known;
}

/** The tests of a tree. */
export function leaves(tree: Tree): Tree[] {
  if (tree.op === "not") return leaves(tree.of);
  return tree.op === "and" || tree.op === "or" ? tree.of.flatMap(leaves) : [tree];
}

const columnOf = (tree: Tree, { columns }: Known): Column | undefined =>
  "column" in tree ? columns.get(tree.column) : undefined;

const isHere = (leaf: Tree, known: Known): boolean =>
  leaf.op === "search" ? known.searched !== null : columnOf(leaf, known) !== undefined;

const isCoarse = (leaf: Tree, known: Known): boolean =>
  leaf.op !== "missing" && (columnOf(leaf, known)?.isCoarse ?? false);

/** The largest parts of a tree that are wholly of some kind. */
function parts(tree: Tree, is: (leaf: Tree) => boolean): Tree[] {
  if (leaves(tree).every(is)) return [tree];
  if (tree.op === "not") return parts(tree.of, is);
  return tree.op === "and" || tree.op === "or" ? tree.of.flatMap((one) => parts(one, is)) : [];
}

/** The column by which a filter goes; none where what it names is here no more. */
function columnBy({ by }: Term, { drawn, columns }: Known): Column | undefined {
  if (!by) return undefined;
  const [shown, own] = [drawn.get(by.column), columns.get(by.column)];
  if (shown && (by.kind === "range" || hasAll(shown, by.hidden))) return shown;
  const isIt =
    by.kind === "range" ? own && isNumeric(own) : own && hasAll(own, by.left ?? by.hidden);
  return isIt ? own : undefined;
}

const hasAll = (column: Column, names: readonly Literal[]): boolean =>
  isNumeric(column) || names.every((name) => column.categories?.includes(String(name)));

/** What of a term only Python can say. */
export function unknown(term: Term, known: Known): Tree[] {
  if (term.by) return columnBy(term, known) ? [] : [term.tree];
  return parts(term.tree, (leaf) => !isHere(leaf, known));
}

/** What of a question Python can say more exactly. */
export const coarse = ({ tree, by }: Term, known: Known): Tree[] =>
  by ? [] : parts(tree, (leaf) => isHere(leaf, known) && isCoarse(leaf, known));

/** What the rows that pass a term depend on. */
export function sources(term: Term, known: Known): unknown[] {
  if (term.by) return [known.rows, columnBy(term, known)];
  const columns = leaves(term.tree).flatMap((leaf) =>
    leaf.op === "search" ? [...(known.searched ?? [])] : [columnOf(leaf, known)],
  );
  return [known.rows, ...columns];
}

/** The static columns that a term looks at. */
export const staticsOf = ({ tree }: Term, statics: ReadonlyMap<string, Cells>): string[] =>
  leaves(tree).flatMap((leaf) => {
    if (leaf.op === "search") return [previewed(statics) ?? "", "guid"];
    return "column" in leaf ? [leaf.column] : [];
  });

/** The rows that pass a term. */
export function passing(term: Term, known: Known, given: Given): Fill {
  const column = columnBy(term, known);
  if (!term.by || !column) return rowsOf(term.tree, known, given);
  const columns = new Map([[column.name, column]]);
  return term.by.kind === "range"
    ? rowsBetween(term.by, column, known.rows)
    : rowsOf(term.tree, { ...known, columns }, given);
}
