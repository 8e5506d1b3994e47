import type { Ask } from "./asks";
import type { Bits } from "./bits";
import { type Columns, NO_COLUMNS } from "./columns";
import type { Filter } from "./filters";
import { randomId } from "./id";
import type { Dataset } from "./links";
import type { Name } from "./named";
import type { Told } from "./review";
import { adopted, NOTHING, type Operation, type Selection, selecting, settled } from "./selection";
import { NO_STEPS, type Steps, stepped } from "./steps";
import { type Store, store } from "./store";
import { NOW, type Time } from "./timeline";
import { noTraffic, type Traffic } from "./traffic";
import type { Camera, Frame, How, StaticColumn, Status } from "./types";

/** Where the facts on the screen come from. */
export type Connection = "live" | "saved" | "disconnected" | "gone";

/** What all views of one map share. */
export interface Model {
  connection: Connection;
  frame: Frame | null;
  statics: ReadonlyMap<string, StaticColumn>;
  columns: Columns;
  status: Status | null;
  selection: Selection;
  steps: Steps;
  /** Whose rows they are; null where Python has not said. */
  dataset: Dataset | null;
  /** With other maps of the page; null: as the samples are the same. */
  linked: boolean | null;
  /** The row that the pointer is on in another map. */
  elsewhere: number | null;
  /** The review in hand, as Python tells of it. */
  review: Told | null;
  /** It is a blind one and open: the map would tell what is not to be known. */
  isBlind: boolean;
  /** Selections that have a name, the newest last. */
  names: readonly Name[];
  /** The file in which they are kept. */
  ledger: string;
  filters: readonly Filter[];
  /** Filters that wait for Python's answer. */
  unanswered: readonly Filter[];
  /** Why Python could not answer a filter. */
  refusal: string | null;
  /** The rows that pass the filters, and so are in sight; null: all. */
  passing: Bits | null;
  time: Time;
  /** The kernel has been silent on an operation for so long that it must be busy. */
  kernelIsBusy: boolean;
  /** The rows on the screen are a fair sample of more: they are not the kernel's rows. */
  isSample: boolean;
  /** Asked of Python and not answered yet, in this order. */
  asks: readonly Ask[];
  /** Why Python could not do what it was asked last. */
  complaint: string | null;
  /** What has just been done, for a moment. */
  notice: string | null;
  /** What of the front end could not be loaded, and why. */
  lack: string;
  traffic: Traffic;
  error: string | null;
  /** Goes up when cards have come. */
  cards: number;
  /** Goes up when Python shows a column in another way. */
  shown: number;
  height: number;
  /** Where the last view left its camera, for the next one. */
  camera: Camera | null;
}
export type ModelStore = Store<Model>;

export const modelStore = (height: number): ModelStore =>
  store<Model>({
    connection: "live",
    frame: null,
    statics: new Map(),
    columns: NO_COLUMNS,
    status: null,
    selection: NOTHING,
    steps: NO_STEPS,
    dataset: null,
    linked: null,
    elsewhere: null,
    review: null,
    isBlind: false,
    names: [],
    ledger: "",
    filters: [],
    unanswered: [],
    refusal: null,
    passing: null,
    time: NOW,
    kernelIsBusy: false,
    isSample: false,
    asks: [],
    complaint: null,
    notice: null,
    lack: "",
    traffic: noTraffic(),
    error: null,
    cards: 0,
    shown: 0,
    height,
    camera: null,
  });

/** The kernel has spoken. */
export function connected(model: ModelStore): void {
  if (model.get().connection !== "live") model.set({ connection: "live" });
}

/** All rows have come: what a saved sample said of its own rows no longer holds. */
export function leaveSample(model: ModelStore): void {
  const nothing = { selection: NOTHING, steps: NO_STEPS, dataset: null };
  model.set({ statics: new Map(), isSample: false, ...nothing });
}

export function withStatics(
  model: ModelStore,
  columns: readonly StaticColumn[],
  dataset: Dataset | null = null,
): void {
  const statics = new Map(model.get().statics);
  for (const column of columns) statics.set(column.name, column);
  const { key } = model.get().dataset ?? {};
  model.set({ statics, ...(dataset?.key !== key && { dataset }) });
}

/** Another selection, and the step back from it; from none to the first that is heard of is none. */
function change(model: ModelStore, selection: Selection, more: Partial<Model> = {}): void {
  const { selection: old, steps } = model.get();
  const isFirst = old === NOTHING && selection.pending.length === 0;
  const next = isFirst ? steps : stepped(steps, old.bits, selection.bits);
  model.set({ selection, steps: next, ...more });
}

/** A change of the selection, drawn at once; null where it cannot be told to the kernel. */
export function select(model: ModelStore, how: How, operand: Bits): Operation | null {
  const operation = { id: randomId(), how, operand };
  const selection = selecting(model.get().selection, operation);
  const { isSample } = model.get();
  change(model, isSample ? settled(selection) : selection);
  return isSample ? null : operation;
}

/** The kernel's answer to an operation, or a selection made in Python. */
export function adopt(
  model: ModelStore,
  revision: number,
  operation: string | null,
  bits: Bits | null,
): void {
  const selection = adopted(model.get().selection, revision, operation, bits);
  const { asks, kernelIsBusy } = model.get();
  const isAwaited = selection.pending.length > 0 || asks.length > 0;
  change(model, selection, { kernelIsBusy: kernelIsBusy && isAwaited });
}

/** A fault of our own: in the status line for the user, in the console for whoever looks closer. */
export function failed(model: ModelStore, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  if (model.get().error === text) return;
  console.error(error);
  model.set({ error: text });
}
