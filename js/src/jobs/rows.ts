import { cellsOf } from "../query/known";
import type { Bits } from "../state/bits";
import { randomId } from "../state/id";
import type { ModelStore } from "../state/model";
import type { Cells, Columns, Frame, Role, StaticColumn } from "../state/types";
import type { Answer, Desk } from "./desk";
import { finished, sliced } from "./job";
import { JOBS, type Questions, type What } from "./jobs";
import { buffersOf, type Part } from "./messages";
import { columnsOf } from "./passing";
import type { Table } from "./table";

/**
 * What is asked of all rows of a frame. Answered at once where they are few, else by the page's
 * worker, and where there is none in slices here.
 */
export type Rows = {
  [W in What]: (frame: Frame, about: Questions[W][0]) => Promise<Questions[W][1]>;
};

/** Rows that are looked through in less time than the way to the worker takes. */
export const FEW = 50_000;

const PART = 1_000_000; // rows copied at a time
const ROLES: readonly Role[] = ["x", "y", "color", "size", "shape"];

/** The static columns that a question looks at. */
const lookedAt = <W extends What>(model: ModelStore, what: W, about: Questions[W][0]): string[] =>
  what === "passing"
    ? columnsOf(about as Questions["passing"][0], cellsOf(model.get().statics))
    : [];

function tableHere(model: ModelStore, frame: Columns, names: readonly string[]): Table {
  const { statics, passing, selection } = model.get();
  const cells = names.flatMap((name): [string, Cells][] => {
    const column = statics.get(name);
    return column ? [[name, column.cells]] : [];
  });
  const bits = selection.count ? selection.bits : null;
  return { frame, statics: new Map(cells), passing, selection: bits, grid: null };
}

const withoutCodes = (frame: Columns): Columns => {
  const columns = { rows: frame.rows };
  for (const role of ROLES) {
    const column = frame[role] && { ...frame[role], codes: null };
    Object.assign(columns, { [role]: column });
  }
  return columns as Columns;
};

/** Keeps the worker's copy of one map equal to what is asked about. */
function copying(model: ModelStore, map: string, desk: Desk) {
  let frame: Columns | null = null;
  let sets: readonly (Bits | null)[] = [];
  const statics = new Map<string, StaticColumn>();
  const spare: Part[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** Some rows, in arrays that have come back where they fit: new memory costs more than copying. */
  function filled(next: Columns, from: number): Part {
    const [old, part]: [Part, Part] = [spare.pop() ?? {}, {}];
    for (const role of ROLES) {
      const codes = next[role]?.codes.subarray(from, from + PART);
      if (!codes) continue;
      const room = old[role];
      if (room?.length === codes.length) room.set(codes);
      part[role] = room?.length === codes.length ? room : codes.slice();
    }
    return part;
  }
  /** The one before has arrived, so that no more than two lie before a worker that is busy. */
  async function sendPart(next: Columns, from: number): Promise<void> {
    const before = last;
    const codes = filled(next, from);
    last = desk.ask({ kind: "part", map, from, codes }, buffersOf(codes));
    last.then((back) => back && spare.push((back as Answer).answer as Part));
    await before;
  }
  async function sendFrame(next: Columns): Promise<void> {
    if (!desk.post({ kind: "frame", map, columns: withoutCodes(next) })) return;
    for (let from = 0; from < next.rows; from += PART) {
      await sendPart(next, from);
    }
    frame = next;
  }
  function sendSets(): void {
    const { passing, selection } = model.get();
    const bits = selection.count ? selection.bits : null;
    if (sets[0] === passing && sets[1] === bits) return;
    desk.post({ kind: "sets", map, passing, selection: bits });
    sets = [passing, bits];
  }
  function sendStatics(names: readonly string[]): void {
    for (const name of names) {
      const column = model.get().statics.get(name);
      if (!column || statics.get(name) === column) continue;
      desk.post({ kind: "static", map, name, cells: column.cells });
      statics.set(name, column);
    }
  }
  return async (next: Columns, names: readonly string[]): Promise<void> => {
    if (frame !== next) {
      frame = null;
      await sendFrame(next);
    }
    sendSets();
    sendStatics(names);
  };
}

export function rows(model: ModelStore, desk: Desk, signal: AbortSignal): Rows {
  const map = randomId();
  desk.open(map, signal);
  const copy = copying(model, map, desk);
  let line: Promise<unknown> = Promise.resolve();

  /** One after the other: each finds the rows there that it asks about. */
  function posted(
    what: What,
    frame: Frame,
    about: unknown,
    names: string[],
  ): Promise<Answer | null> {
    const sent = line.then(() => copy(frame, names));
    line = sent.catch(() => {});
    return sent.then(() => desk.ask({ kind: "ask", map, what, about }));
  }
  async function ask<W extends What>(
    what: W,
    frame: Frame,
    about: Questions[W][0],
  ): Promise<Questions[W][1]> {
    const names = lookedAt(model, what, about);
    const job = () => JOBS[what](tableHere(model, frame, names), about);
    if (frame.rows <= FEW) return finished(job());
    const answered = await posted(what, frame, about, names);
    if (answered) return answered.answer as Questions[W][1];
    return signal.aborted ? new Promise(() => {}) : sliced(job());
  }
  return {
    inside: (frame, around) => ask("inside", frame, around),
    touched: (frame, rings) => ask("touched", frame, rings),
    nearest: (frame, aim) => ask("nearest", frame, aim),
    next: (frame, stride) => ask("next", frame, stride),
    histograms: (frame, binning) => ask("histograms", frame, binning),
    top: (frame, of) => ask("top", frame, of),
    passing: (frame, about) => ask("passing", frame, about),
  };
}
