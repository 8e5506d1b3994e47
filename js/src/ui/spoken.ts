import type { Card } from "../state/cards";
import type { Frame, Theme } from "../state/types";
import { numbers, type Statics } from "./facts";

/** What there is to say of a row. */
export interface Seen {
  row: number;
  frame: Frame;
  statics: Statics;
  theme: Theme;
  card: Card | undefined;
  sought: readonly string[];
}

export function named({ row, statics, card }: Seen): { guid: string; gold: string; taken: string } {
  const guid = statics.get("guid")?.read(row) ?? card?.guid ?? String(row);
  const gold = statics.get("gold")?.read(row) ?? card?.gold ?? "";
  const taken = card?.prediction;
  const isWrong = taken !== null && taken !== undefined && taken !== gold;
  return { guid, gold, taken: isWrong ? taken : "" };
}

/** In words, for who cannot see it; what its text says goes first. */
export function spoken(seen: Seen, words: string): string {
  const { guid, gold, taken } = named(seen);
  const mistake = taken && `taken for ${taken}`;
  const values = numbers(seen.frame, seen.row).map(([name, value]) => `${name} ${value}`);
  return [words.slice(0, 120), guid, gold, mistake, ...values].filter(Boolean).join(", ");
}
