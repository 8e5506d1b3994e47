/** A piece of a question, with where it stands in the text. */
export interface Token {
  kind: "word" | "quoted" | "operator" | "(" | ")" | "," | "end";
  /** What it says, without its quotes. */
  text: string;
  from: number;
  to: number;
  quote?: string;
  /** A quote that nobody has closed. */
  isOpen?: boolean;
}

const OPERATOR = /[<>!=]=|[=<>~]/y;
const WORD = /(?:[^\s()=<>~,"'`!]|!(?!=)|(?<=[^\s(,=<>~])["'])+/y;
const SPACE = /\s*/y;

function found(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** From a quote to the next of its kind; a backslash stands before a quote or another one. */
function quoted(text: string, from: number): Token {
  const quote = text[from]!;
  let said = "";
  let at = from + 1;
  for (; at < text.length && text[at] !== quote; at++) {
    const next = text[at + 1];
    if (text[at] === "\\" && (next === quote || next === "\\")) at++;
    said += text[at];
  }
  const isOpen = at >= text.length;
  return { kind: "quoted", text: said, from, to: Math.min(text.length, at + 1), quote, isOpen };
}

function tokenAt(text: string, from: number): Token {
  const first = text[from]!;
  if (first === "(" || first === ")" || first === ",")
    return { kind: first, text: first, from, to: from + 1 };
  const operator = found(OPERATOR, text, from);
  const to = from + operator.length;
  if (operator) return { kind: "operator", text: operator === "==" ? "=" : operator, from, to };
  if (first === '"' || first === "'" || first === "`") return quoted(text, from);
  const word = found(WORD, text, from) || first;
  return { kind: "word", text: word, from, to: from + word.length };
}

/** The pieces of a text, and its end. */
export function tokens(text: string): Token[] {
  const all: Token[] = [];
  let at = found(SPACE, text, 0).length;
  while (at < text.length) {
    const token = tokenAt(text, at);
    all.push(token);
    at = token.to + found(SPACE, text, token.to).length;
  }
  return [...all, { kind: "end", text: "", from: text.length, to: text.length }];
}

/** Is it this word, however it is written, and not in quotes? */
export const isWord = (token: Token | undefined, ...words: string[]): boolean =>
  token?.kind === "word" && words.includes(token.text.toLowerCase());

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The number that a text is; null where it is none. */
export function numberIn(text: string): number | null {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value + 0 : null;
}
