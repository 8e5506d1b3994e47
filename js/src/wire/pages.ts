import { type Card, type Pages, type Part, shelf } from "../state/cards";
import { failed, type ModelStore } from "../state/model";
import { type AskKernel, type Given, Lost, later } from "./asking";

const PAGE = 50; // samples that one question may be about
const AT_ONCE = 2; // questions under way
const RENEWED = 2000; // ms until a card is asked for again because training went on
const TYPES = new Set(["image/png", "image/webp", "image/jpeg", "audio/wav"]);

interface Wish {
  rows: readonly number[];
  isQuiet: boolean;
}
type Told = Record<string, unknown>;

function partOf(told: Told, buffers: DataView[]): Part {
  const { buffer, type, column = "" } = told as { buffer?: number; type?: string; column?: string };
  const fault = (text: string): Part => ({ column, kind: "error", text });
  if (buffer === undefined) return told as unknown as Part;
  const bytes = buffers[buffer];
  if (!bytes) return fault("came without its bytes");
  if (!type || !TYPES.has(type)) return fault(`${type} is not shown`);
  return { ...told, body: new Blob([bytes as DataView<ArrayBuffer>], { type }) } as unknown as Part;
}

/** The cards that an answer brings. */
export function cardsOf({ answer, buffers }: Given, moment: string): Card[] {
  const { cards, curve } = answer as unknown as {
    cards: (Told & { parts: Told[] })[];
    curve: { name: string; epochs: number[] } | null;
  };
  return cards.map(({ parts, values, right, ...card }) => ({
    ...(card as unknown as Card),
    parts: parts.map((part) => partOf(part, buffers)),
    curve: curve && values ? ({ ...curve, values, right } as unknown as Card["curve"]) : null,
    moment,
  }));
}

/** What the curves of this moment end with. */
const momentOf = (model: ModelStore): string => {
  const { frame, shown } = model.get();
  return `${frame?.epoch} ${frame?.live} ${shown}`;
};

/** Cards of rows, asked of Python a page at a time. */
export function pages(model: ModelStore, ask: AskKernel, signal: AbortSignal): Pages {
  const known = shelf();
  const wishes = new Map<object, Wish>();
  const asked = new Set<number>();
  let [underway, empty, renewedAt, shown] = [0, 0, 0, model.get().shown];

  function isNeeded(row: number, moment: string): boolean {
    if (asked.has(row)) return false;
    const card = known.get(row);
    if (!card) return true;
    return card.moment !== moment && performance.now() > renewedAt + RENEWED;
  }
  /** The first rows of a wish that are not known, or known of another moment. */
  function next(): [rows: number[], wish: Wish] | null {
    const moment = momentOf(model);
    for (const wish of wishes.values()) {
      const rows: number[] = [];
      for (const row of wish.rows) if (rows.length < PAGE && isNeeded(row, moment)) rows.push(row);
      if (rows.length) return [rows, wish];
    }
    return null;
  }
  async function turn(rows: number[], isQuiet: boolean): Promise<void> {
    const moment = momentOf(model);
    underway += 1;
    for (const row of rows) asked.add(row);
    try {
      const cards = cardsOf(await ask("page", { rows }, [], isQuiet), moment);
      empty = cards.length ? 0 : empty + 1;
      if (empty > 300) throw new Error("Python answers pages without a card");
      for (const card of cards) known.put(card);
    } catch (error) {
      if (!(error instanceof Lost)) for (const row of rows) known.put(refused(row, error, moment));
    } finally {
      underway -= 1;
      for (const row of rows) asked.delete(row);
      if (!signal.aborted) model.set({ cards: model.get().cards + 1 });
    }
  }
  function renewed(): void {
    renewedAt = performance.now();
    later(RENEWED + 1, signal, pump);
  }
  function pump(): void {
    const { connection, isSample, shown: now } = model.get();
    if (now !== shown) {
      shown = now;
      known.clear();
    }
    if (connection !== "live" || isSample || signal.aborted) return;
    for (let page = next(); page && underway < AT_ONCE; page = next()) {
      if (known.get(page[0][0]!)) renewed();
      turn(page[0], page[1].isQuiet).catch((error) => failed(model, error));
    }
  }
  model.subscribe(pump, signal);
  return {
    card: known.get,
    want(who, rows, isQuiet = false) {
      if (rows.length) wishes.set(who, { rows, isQuiet });
      else wishes.delete(who);
      pump();
    },
  };
}

const refused = (row: number, error: unknown, moment: string): Card => ({
  row,
  guid: "",
  gold: null,
  prediction: null,
  parts: [{ column: "", kind: "error", text: (error as Error).message }],
  curve: null,
  moment,
});
