import type { Column } from "./known";
import { columnText, literalText } from "./printed";
import { isWord, type Token, tokens } from "./tokens";

/** What fits where the caret is, in place of the letters from `from` to `to`. */
export interface Completion {
  from: number;
  to: number;
  what: "column" | "operator" | "value" | "none";
  offers: readonly string[];
}

const MOST = 8;
const OPERATORS: Record<Column["kind"], readonly string[]> = {
  number: ["<", "<=", ">", ">=", "=", "is missing"],
  date: [">=", "<", "=", "is missing"],
  class: ["=", "!=", "in (", "~", "is missing"],
  text: ["~", "=", "in (", "is missing"],
};

type Expected = "column" | "operator" | "list" | "value" | "among" | "joint" | "end";

/** What is expected after a token; `column` is the one that is spoken of. */
function next(state: Expected, token: Token): Expected {
  const isName = token.kind === "word" || token.kind === "quoted";
  if (isWord(token, "and", "or") && state !== "value") return "column";
  if (state === "column") return isName && !isWord(token, "not") ? "operator" : "column";
  if (state === "operator") {
    if (token.kind === "operator") return "value";
    if (isWord(token, "in")) return "list";
    return isWord(token, "not") ? "operator" : "end";
  }
  if (state === "list") return token.kind === "(" ? "among" : "end";
  if (state === "among") return isName ? "list" : "among";
  return state === "value" ? "joint" : state;
}

/** Names that begin so, before names that hold it somewhere. */
function alike(names: Iterable<string>, partial: string): string[] {
  const sought = partial.toLowerCase();
  const found = [...names].filter((name) => name.toLowerCase().includes(sought));
  const rank = (name: string) => (name.toLowerCase().startsWith(sought) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
}

/** What fits at the caret of a question that is being written. */
export function completion(
  text: string,
  caret: number,
  names: readonly string[],
  columns: ReadonlyMap<string, Column>,
): Completion {
  const before = tokens(text.slice(0, caret)).slice(0, -1);
  const last = before.at(-1);
  const isTyping =
    last?.to === caret && (last.kind === "word" || (last.kind === "quoted" && last.isOpen));
  const partial = isTyping ? before.pop()!.text : "";
  let state: Expected = "column";
  let column = "";
  for (const token of before) {
    const following = next(state, token);
    if (state === "column" && following === "operator") column = token.text;
    if (state === "list" && token.kind === ",") state = "among";
    else state = following;
  }
  const place = { from: isTyping ? last!.from : caret, to: caret };
  const none = { ...place, what: "none", offers: [] } as const;
  const known = columns.get(column);
  if (state === "column") {
    const offers = partial ? alike(names, partial).map(columnText) : [];
    return offers.some((name) => name !== partial) ? { ...place, what: "column", offers } : none;
  }
  if (state === "operator" && known && !isTyping && text[caret - 1] === " ")
    return { ...place, what: "operator", offers: OPERATORS[known.kind] };
  if ((state === "value" || state === "among") && known?.categories) {
    if (known.categories.includes(partial)) return none;
    const offers = alike(known.categories, partial).map(literalText);
    return { ...place, what: "value", offers };
  }
  return none;
}
