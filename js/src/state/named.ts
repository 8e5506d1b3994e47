import type { Ask } from "./asks";
import type { Model } from "./model";

/** A selection that has a name, as Python tells of it. */
export interface Name {
  name: string;
  count: number;
}
/** The same as it is shown: what was asked of Python counts as done, and is marked. */
export interface ShownName extends Name {
  waits: boolean;
}
/** What can be done with one. */
export type Naming = "save" | "select" | "delete" | "rename";

export const LONGEST_NAME = 100; // letters

function after(names: readonly ShownName[], ask: Ask): readonly ShownName[] {
  const others = names.filter(({ name }) => name !== ask.name);
  const one = names.find(({ name }) => name === ask.name);
  if (ask.do === "save") return [...others, { name: ask.name!, count: ask.count!, waits: true }];
  if (!one || ask.do === "delete") return others;
  const now = { ...one, name: ask.do === "rename" ? ask.to! : one.name, waits: true };
  return names.map((each) => (each === one ? now : each));
}

/** The names there will be once Python has done what it was asked. */
export function shownNames({ names, asks }: Pick<Model, "names" | "asks">): readonly ShownName[] {
  const told = names.map((one): ShownName => ({ ...one, waits: false }));
  return asks.filter(({ what }) => what === "named").reduce(after, told as readonly ShownName[]);
}
