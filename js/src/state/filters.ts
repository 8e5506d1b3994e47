import type { ModelStore } from "./model";
import type { Literal, Tree } from "./query";

/** From a value to another, both included. */
export interface RangeFilter {
  kind: "range";
  column: string;
  from: number;
  to: number;
}
/** Classes that are not shown: by name, a column of steps by value. */
export interface CategoriesFilter {
  kind: "categories";
  column: string;
  hidden: readonly Literal[];
  /** Those that are shown, where "other" is hidden, which is another set in another view. */
  left?: readonly Literal[];
}
export interface QueryFilter {
  kind: "query";
  text: string;
  tree: Tree;
}
/** A row is in sight if it passes all of them. */
export type Filter = RangeFilter | CategoriesFilter | QueryFilter;

const isSame = (a: Filter, b: Filter): boolean =>
  a.kind === b.kind && (a.kind === "query" || a.column === (b as RangeFilter).column);

/** In place of the filter of its kind and column; those beside it keep their order. */
function placed(model: ModelStore, filter: Filter): void {
  const { filters } = model.get();
  const at = filters.findIndex((one) => isSame(one, filter));
  const put = at < 0 ? [...filters, filter] : filters.map((one, i) => (i === at ? filter : one));
  model.set({ filters: put });
}

export function remove(model: ModelStore, filter: Filter): void {
  const { filters } = model.get();
  const left = filters.filter((one) => !isSame(one, filter));
  if (left.length < filters.length) model.set({ filters: left });
}

/** Shows the rows from a value to another alone; null: any. */
export function setRange(model: ModelStore, column: string, from: number | null, to = 0): void {
  const filter = { kind: "range", column, from: from ?? to, to } as const;
  if (from === null) remove(model, filter);
  else placed(model, filter);
}

/** Hides these classes of a column, and shows all others, or of all those `left` alone. */
export function setHidden(
  model: ModelStore,
  column: string,
  hidden: readonly Literal[],
  left?: readonly Literal[],
): void {
  const filter = { kind: "categories", column, hidden, ...(left && { left }) } as const;
  if (hidden.length) placed(model, filter);
  else remove(model, filter);
}

/** Shows what a question finds; null: everything. */
export function setQuery(model: ModelStore, text: string, tree: Tree | null): void {
  model.set({ refusal: null });
  const old = model.get().filters.find(({ kind }) => kind === "query");
  if (tree) placed(model, { kind: "query", text, tree });
  else if (old) remove(model, old);
}

export const clearFilters = (model: ModelStore): void => model.set({ filters: [], refusal: null });

export const rangeOf = (filters: readonly Filter[], column: string): RangeFilter | null =>
  filters.find((one): one is RangeFilter => one.kind === "range" && one.column === column) ?? null;

const NONE: readonly Literal[] = [];

export const hiddenOf = (filters: readonly Filter[], column: string): readonly Literal[] =>
  filters.find((one): one is CategoriesFilter => one.kind === "categories" && one.column === column)
    ?.hidden ?? NONE;
