import { printed } from "../query/printed";
import { valueText } from "../scene/numbers";
import type { CategoriesFilter, Filter } from "../state/filters";
import type { Model } from "../state/model";
import type { Color, Position } from "../state/types";

const short = (value: number): string => String(Number(value.toPrecision(3)));

function drawnAs({ frame }: Model, name: string): Position | Color | undefined {
  const roles = [frame?.x, frame?.y, frame?.color, frame?.size, frame?.shape];
  return roles.find((column): column is Position | Color => column?.name === name);
}

function rangeText(column: Position | Color | undefined, from: number, to: number): string {
  const names = column?.categories;
  if (names) {
    const some = names.filter((_, i) => i >= from && i <= to);
    return some.length > 3 ? `${some[0]} … ${some.at(-1)}` : some.join(", ");
  }
  const text = column ? (value: number) => valueText(column, value) : short;
  return `${text(from)}–${text(to)}`;
}

/** The classes that a filter hides, or those it leaves, whichever are fewer. */
function classesText({ hidden, left: said }: CategoriesFilter, all: readonly string[]): string {
  const left = said ?? all.filter((name) => !hidden.includes(name));
  const isFewer = left.length > 0 && left.length < hidden.length;
  const some = isFewer ? left : hidden;
  const named = some.slice(0, 3).join(", ");
  return `${isFewer ? "only" : "not"} ${named}${some.length > 3 ? ` and ${some.length - 3} more` : ""}`;
}

/** A filter in words: "confidence 0.10–0.32", "gold label: not neutral". */
export function filterText(filter: Filter, model: Model): string {
  if (filter.kind === "query") return filter.text || printed(filter.tree);
  const column = drawnAs(model, filter.column);
  const cells = model.statics.get(filter.column)?.cells;
  const choice = model.columns.choices.find(({ name }) => name === filter.column);
  const title = column?.title || choice?.title || filter.column;
  if (filter.kind === "range") return `${title} ${rangeText(column, filter.from, filter.to)}`;
  const all = column?.categories ?? (cells?.kind === "category" ? cells.categories : []);
  return `${title}: ${classesText(filter, all)}`;
}
