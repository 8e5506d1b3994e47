import { expect, test } from "vitest";
import { check } from "../src/query/check";
import { completion } from "../src/query/completion";
import { knownOf } from "../src/query/known";
import { parsed } from "../src/query/parse";
import type { Cells } from "../src/state/types";
import { textCells } from "./cells";
import { frame } from "./frames";

const gold: Cells = { kind: "category", categories: ["neg", "pos"], codes: Uint8Array.from([0]) };
const STATICS = new Map<string, Cells>([
  ["text", textCells(["a"])],
  ["gold label", gold],
]);
const shown = frame([0], [0]);
const known = knownOf({ ...shown, x: { ...shown.x, name: "confidence" } }, STATICS);
const NAMES = ["confidence", "gold label", "text", "aum", "forgetting_events"];

/** The caret stands at the bar. */
const at = (text: string) => {
  const { from, to, offers } = completion(
    text.replace("|", ""),
    text.indexOf("|"),
    NAMES,
    known.columns,
  );
  return [text.replace("|", "").slice(from, to), [...offers]];
};

test.each<[string, string, string[]]>([
  ["|", "", []],
  ["con|", "con", ["confidence"]],
  ["f|", "f", ["forgetting_events", "confidence"]],
  ["GOLD|", "GOLD", ["`gold label`"]],
  ["`gold l|", "`gold l", ["`gold label`"]],
  ["confidence |", "", ["<", "<=", ">", ">=", "=", "is missing"]],
  ["aum |", "", []],
  ["`gold label` = |", "", ['"neg"', '"pos"']],
  ["`gold label` = p|", "p", ['"pos"']],
  ['`gold label` in ("neg", |', "", ['"neg"', '"pos"']],
  ["confidence < 0.3 and au|", "au", ["aum"]],
  ["not (te| ", "te", ["text"]],
  ["confidence < 0.3 |", "", []],
])("%s", (text, replaced, offers) => expect(at(text)).toEqual([replaced, offers]));

test.each<[string, string]>([
  ["confidence ~ a", "confidence holds numbers: ~ looks into texts"],
  ["confidence < low", 'confidence holds numbers: expected one such as 0.3, got "low"'],
  ["text < b", "text holds texts: expected =, != or ~, or a number or date after <"],
  ["`gold label` = posi", 'gold label has no class "posi"; did you mean "pos"?'],
  ["confidnce < 1 and text ~ a", "no column confidnce here; did you mean confidence?"],
])("%s is refused", (text, why) => {
  expect(() => check(parsed(text)!, known, false)).toThrow(why);
});

test("what Python may know is left to it", () => {
  expect(() => check(parsed("aum < 1 or `gold label` in (pos, x)")!, known, true)).not.toThrow();
});
