/** What was said of a sample's gold label, epoch by epoch; null where it was not seen. */
export interface Curve {
  name: string;
  epochs: readonly number[];
  values: readonly (number | null)[];
  right: readonly (boolean | null)[];
}

/** One piece of a card, of one of the user's columns; spelled as on the wire. */
export type Part = { column: string } & (
  | { kind: "text"; text: string; of?: number }
  | { kind: "image"; body: Blob; size: readonly [width: number, height: number]; note?: string }
  | { kind: "audio"; body: Blob; seconds: number; peaks: readonly number[]; heard?: number }
  | { kind: "tokens"; tokens: readonly string[]; weights: readonly (number | null)[]; of?: number }
  | { kind: "row"; facts: readonly (readonly [name: string, value: string | null])[] }
  | { kind: "error"; text: string }
);
export type PartOf<K extends Part["kind"]> = Extract<Part, { kind: K }>;

/** What there is to see of one sample. */
export interface Card {
  row: number;
  guid: string;
  gold: string | null;
  prediction: string | null;
  parts: readonly Part[];
  curve: Curve | null;
  /** When Python said it: at another moment there may be more to say. */
  moment: string;
}

/** By what the rows of a list are ordered. */
export interface Order {
  by: "rows" | "x" | "y" | "color";
  isDown: boolean;
}
export type Browser = "list" | "gallery";

/** What one view shows beside the map. */
export interface Browsing {
  /** The open list, under the pinned card where there is one. */
  browser: Browser | null;
  pinned: number | null;
  /** The row whose entry the pointer, or the keyboard, is on. */
  pointed: number | null;
  order: Order;
}
export const NOTHING_OPEN: Browsing = {
  browser: null,
  pinned: null,
  pointed: null,
  order: { by: "rows", isDown: false },
};

/** Where cards come from. */
export interface Pages {
  /** The card of a row, if it has come. */
  card(row: number): Card | undefined;
  /** The rows that `who` looks at now, those wanted most first; quietly: that it waits is not said. */
  want(who: object, rows: readonly number[], isQuiet?: boolean): void;
}

const MOST = 10_000; // cards kept: 200 pages
const BYTES = 32_000_000;

function sizeOf({ parts, curve }: Card): number {
  let bytes = 200 + 16 * (curve?.epochs.length ?? 0);
  for (const part of parts) {
    if ("body" in part) bytes += part.body.size;
    else if (part.kind === "text") bytes += 2 * part.text.length;
    else bytes += 500;
  }
  return bytes;
}

/** Cards that are known; those that nobody has looked at for the longest time go first. */
export function shelf(most = MOST, budget = BYTES) {
  const cards = new Map<number, Card>();
  let bytes = 0;
  function drop(row: number): void {
    const card = cards.get(row);
    if (card) bytes -= sizeOf(card);
    cards.delete(row);
  }
  return {
    get(row: number): Card | undefined {
      const card = cards.get(row);
      if (card) cards.delete(row) && cards.set(row, card); // looked at last
      return card;
    },
    put(card: Card): void {
      drop(card.row);
      cards.set(card.row, card);
      bytes += sizeOf(card);
      while (cards.size > 1 && (cards.size > most || bytes > budget))
        drop(cards.keys().next().value!);
    },
    clear(): void {
      cards.clear();
      bytes = 0;
    },
    size: () => cards.size,
    bytes: () => bytes,
  };
}
