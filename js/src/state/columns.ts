import type { ModelStore } from "./model";
import { CHANNELS, type Channels, type Frame } from "./types";

/** A column that can be drawn; spelled as on the wire. */
export interface Choice {
  name: string;
  title: string;
  kind: string;
  group: "metric" | "label" | "own";
}
/** A view that fits the task. */
export interface Preset {
  title: string;
  view: Channels;
}

/** What can be drawn, and what is drawn against what. */
export interface Columns {
  choices: readonly Choice[];
  presets: readonly Preset[];
  /** As both sides have agreed on it. */
  view: Channels | null;
  /** Chosen here, and not seen in a frame yet. */
  wanted: Channels | null;
}

export const NO_COLUMNS: Columns = { choices: [], presets: [], view: null, wanted: null };

export const isSameView = (a: Channels, b: Channels): boolean =>
  CHANNELS.every((channel) => (a[channel] ?? null) === (b[channel] ?? null));

/** The columns of a frame; a colour without a name is none. */
export const drawnOf = ({ x, y, color, size, shape }: Frame): Channels => ({
  x: x.name,
  y: y.name,
  color: color.name || null,
  size: size?.name ?? null,
  shape: shape?.name ?? null,
});

const patch = (model: ModelStore, some: Partial<Columns>): void =>
  model.set({ columns: { ...model.get().columns, ...some } });

export const offer = (
  model: ModelStore,
  choices: readonly Choice[],
  presets: readonly Preset[],
): void => patch(model, { choices, presets });

/** Chosen here: so it stands in the menu until a frame shows it. */
export const want = (model: ModelStore, wanted: Channels): void => patch(model, { wanted });

/** The view is another now, for all pages; what was chosen here and is not that is over. */
export function agree(model: ModelStore, view: Channels): void {
  const { wanted } = model.get().columns;
  patch(model, { view, wanted: wanted && isSameView(wanted, view) ? wanted : null });
}

/** A frame has come: is it what was chosen here? */
export function arrived(model: ModelStore, frame: Frame): void {
  const { wanted } = model.get().columns;
  if (wanted && isSameView(wanted, drawnOf(frame))) patch(model, { wanted: null, view: wanted });
}

/** Python has refused what was chosen. */
export const refused = (model: ModelStore): void => patch(model, { wanted: null });

/** What the menu shows: the choice on its way, else what is drawn. */
export function chosenView(model: ModelStore): Channels | null {
  const { columns, frame } = model.get();
  return columns.wanted ?? (frame ? drawnOf(frame) : columns.view);
}

/** Does Python answer, and has it said what there is? */
export const canChoose = (model: ModelStore): boolean =>
  model.get().connection === "live" && model.get().columns.choices.length > 0;
