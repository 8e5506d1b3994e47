import type { Cells } from "../src/state/types";

/** Texts as they come from Python. */
export function textCells(all: readonly string[]): Cells {
  const parts = all.map((text) => new TextEncoder().encode(text));
  const offsets = new Uint32Array(all.length + 1);
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  for (const [i, part] of parts.entries()) {
    bytes.set(part, offsets[i]);
    offsets[i + 1] = offsets[i]! + part.length;
  }
  return { kind: "text", offsets, bytes };
}
