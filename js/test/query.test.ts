import { expect, test } from "vitest";
import { folded, marks } from "../src/query/fold";
import { Mistake, parsed } from "../src/query/parse";
import { printed } from "../src/query/printed";
import type { Literal, Tree } from "../src/state/query";
import { type Random, random } from "./random";

const is = (column: string, op: "=" | "<" | "~" | ">=", value: Literal): Tree => ({
  op,
  column,
  value,
});

test.each<[string, Tree | null]>([
  ["", null],
  ["  \n ", null],
  ["love this app", { op: "search", text: "love this app" }],
  [
    " don't like it (really), not at all! ",
    { op: "search", text: "don't like it (really), not at all!" },
  ],
  ["5 stars and no less", { op: "search", text: "5 stars and no less" }],
  ['"love and hate"', { op: "search", text: "love and hate" }],
  ["confidence < 0.3", is("confidence", "<", 0.3)],
  ["confidence<.3", is("confidence", "<", 0.3)],
  ["aum >= -1e-2", is("aum", ">=", -0.01)],
  ["x == +5", is("x", "=", 5)],
  ["guid = 9007199254740992", is("guid", "=", 2 ** 53)],
  ["guid = 9007199254740993", is("guid", "=", "9007199254740993")], // no number here is this one
  ["x < 1e300", is("x", "<", 1e300)],
  ["gold = positive", is("gold", "=", "positive")],
  ["gold = '3'", is("gold", "=", "3")],
  ['text ~ "not"', is("text", "~", "not")],
  ['text ~ "say \\"no\\" \\\\ C:\\dir"', is("text", "~", 'say "no" \\ C:\\dir')],
  ["`gold label` = 'it\\'s'", is("gold label", "=", "it's")],
  ['"gold label" = a', is("gold label", "=", "a")],
  ['when >= "2026-01-31"', is("when", ">=", "2026-01-31")],
  ["guid in (12, 17)", { op: "in", column: "guid", values: [12, 17] }],
  ["guid not in (a)", { op: "not", of: { op: "in", column: "guid", values: ["a"] } }],
  ["aum is missing", { op: "missing", column: "aum" }],
  ["aum IS NOT missing", { op: "not", of: { op: "missing", column: "aum" } }],
  ["not a = 1", { op: "not", of: is("a", "=", 1) }],
  ["not not a = 1", { op: "not", of: { op: "not", of: is("a", "=", 1) } }],
  [
    "a = 1 or b = 2 AND c = 3",
    { op: "or", of: [is("a", "=", 1), { op: "and", of: [is("b", "=", 2), is("c", "=", 3)] }] },
  ],
  [
    "(a = 1 or b = 2) and c = 3",
    { op: "and", of: [{ op: "or", of: [is("a", "=", 1), is("b", "=", 2)] }, is("c", "=", 3)] },
  ],
  [
    "a = 1 and love this or 'hate'",
    {
      op: "or",
      of: [
        { op: "and", of: [is("a", "=", 1), { op: "search", text: "love this" }] },
        { op: "search", text: "hate" },
      ],
    },
  ],
])("%s", (text, tree) => expect(parsed(text)).toEqual(tree));

test.each<[string, number, string]>([
  ["confidence <", 12, "expected a value"],
  ["confidence < and gold = a", 13, "expected a value"],
  ["confidence < 0.3 gold = a", 17, 'expected "and" or "or"'],
  ['text contains "but"', 14, 'text ~ "word"'],
  ["(a = 1", 6, 'expected ")"'],
  ["a = 1)", 5, 'expected "and" or "or"'],
  ['gold = "pos', 7, 'expected a closing "'],
  ["guid in (1, 2", 13, 'expected "," or ")"'],
  ["guid in ()", 9, "expected a value"],
  ["a = 1 and", 9, "expected a column"],
  ["= 3", 0, "expected a column"],
  ["`odd` and a = 1", 6, "expected =, <"],
  ["a = `b`", 4, "expected a value"],
  [`${"(".repeat(9999)}a = 1`, 4000, "at most 4000"],
  [`${"(".repeat(60)}a = 1`, 40, "fewer parentheses"],
])("%s is wrong at %i", (text, at, expected) => {
  let mistake: Mistake | null = null;
  try {
    parsed(text);
  } catch (error) {
    mistake = error as Mistake;
  }
  expect(mistake).toBeInstanceOf(Mistake);
  expect([mistake!.at, mistake!.message]).toEqual([at, expect.stringContaining(expected)]);
});

const NAMES = ["confidence", "gold label", "in", "Not", "", "é", "`", '"\\', "a-b.c", "3rd", "数"];
const TEXTS = [
  "",
  "positive",
  "it's",
  'a "b"',
  "\\",
  "0.3",
  "and",
  "\n\t",
  "ﬁ",
  "🙂",
  "2026-01-31",
];
const NUMBERS = [0, 1, -1, 0.1, -2.5e-9, 1e21, 5e-324, 123456789];

export function randomTree({ pick, below }: Random, depth: number): Tree {
  const literal = (): Literal => (below(2) ? pick(TEXTS) : pick(NUMBERS));
  const deeper = () => randomTree({ pick, below }, depth - 1);
  const kind = below(depth > 0 ? 8 : 4);
  if (kind === 0) return { op: "in", column: pick(NAMES), values: [literal(), literal()] };
  if (kind === 1) return { op: "missing", column: pick(NAMES) };
  if (kind === 2) return { op: "search", text: pick(TEXTS) };
  if (kind === 3)
    return {
      op: pick(["=", "!=", "<", "<=", ">", ">=", "~"]),
      column: pick(NAMES),
      value: literal(),
    };
  if (kind === 4) return { op: "not", of: deeper() };
  return { op: pick(["and", "or"]), of: Array.from({ length: 2 + below(3) }, deeper) };
}

test("a random tree that is printed is read as the same tree", () => {
  const dice = random(7);
  for (let i = 0; i < 3000; i++) {
    const tree = randomTree(dice, 3);
    const text = printed(tree);
    if (text.length <= 4000) expect(parsed(text)).toEqual(tree);
  }
});

test("random texts are read, or their mistake has a place in them", () => {
  const { pick, below } = random(11);
  const pieces = [
    ..."()<>=!~,\"'`\\ \n",
    "and",
    " or ",
    "not ",
    "in",
    " is missing",
    "a",
    "1e9",
    "é",
  ];
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: below(14) }, () => pick(pieces)).join("");
    try {
      const tree = parsed(text);
      if (tree) expect(parsed(printed(tree))).toEqual(tree);
    } catch (error) {
      expect(error).toBeInstanceOf(Mistake);
      expect((error as Mistake).at).toBeLessThanOrEqual(text.length);
    }
  }
});

test("words are looked for however they are written", () => {
  expect(folded("ＡＰＰ ﬁne É")).toBe(folded("app fine e\u0301"));
});

test.each<[string, string, string[]]>([
  ["I love LOVE it", "love", ["love", "LOVE"]],
  ["caf\u00e9 cafe\u0301 cafe", "café", ["caf\u00e9", "cafe\u0301"]],
  ["ﬁne", "f", ["ﬁ"]],
  ["İstanbul", "stan", ["stan"]],
  ["aaa", "aa", ["aa"]],
  ["anything", "", []],
])("in %s the marks of %s", (text, sought, found) => {
  expect(marks(text, sought).map(([from, to]) => text.slice(from, to))).toEqual(found);
});
