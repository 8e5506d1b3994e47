import type { Comparison, Literal, Tree } from "../state/query";
import { isWord, numberIn, type Token, tokens } from "./tokens";

/** Why a text is no question: where, and what stands there best. */
export class Mistake extends Error {
  constructor(
    readonly at: number,
    expected: string,
  ) {
    super(expected);
  }
}

const LONGEST = 4000;
const DEEPEST = 40;
const VALUE = 'expected a value: 0.3, "positive", "2026-01-31"';

/** What stands between tests. */
export const isJoint = (token: Token): boolean =>
  token.kind === "end" || token.kind === ")" || isWord(token, "and", "or");

/** Is a whole number written that no number here is? It goes on as its digits. */
const isRounded = (text: string, number: number): boolean =>
  /^[-+]?\d+$/.test(text) && BigInt(text) !== BigInt(number);

const isNumberTest = (all: readonly Token[], i: number): boolean =>
  isWord(all[i], "in") && all[i + 1]?.kind === "(";
const isMissingTest = (all: readonly Token[], i: number): boolean =>
  isWord(all[i], "is") && isWord(all[isWord(all[i + 1], "not") ? i + 2 : i + 1], "missing");

/** Words alone are looked for as they stand: "love and hate", "don't (really)". */
function isPlain(all: readonly Token[]): boolean {
  return !all.some(
    (token, i) =>
      token.kind === "operator" ||
      (token.kind === "quoted" && !token.isOpen) ||
      isNumberTest(all, i) ||
      isMissingTest(all, i),
  );
}

/** A question as a tree; null where nothing is asked. Throws a `Mistake`. */
export function parsed(text: string): Tree | null {
  if (text.length > LONGEST) throw new Mistake(LONGEST, `expected at most ${LONGEST} characters`);
  const all = tokens(text);
  if (all.length === 1) return null;
  return isPlain(all) ? { op: "search", text: text.trim() } : new Parser(text, all).whole();
}

/** Recursive descent: or < and < not < test. */
class Parser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly all: readonly Token[],
  ) {}

  whole(): Tree {
    const tree = this.joined("or");
    if (this.next().kind !== "end") throw new Mistake(this.next().from, 'expected "and" or "or"');
    return tree;
  }

  private next(): Token {
    return this.all[this.at]!;
  }
  private take(): Token {
    const token = this.next();
    if (token.kind !== "end") this.at++;
    if (token.isOpen) throw new Mistake(token.from, `expected a closing ${token.quote}`);
    return token;
  }
  private takes(...words: string[]): boolean {
    const is = isWord(this.next(), ...words);
    if (is) this.take();
    return is;
  }

  private joined(op: "and" | "or"): Tree {
    const one = () => (op === "or" ? this.joined("and") : this.negated());
    const of = [one()];
    while (this.takes(op)) of.push(one());
    return of.length === 1 ? of[0]! : { op, of };
  }

  private negated(): Tree {
    if (++this.depth > DEEPEST) throw new Mistake(this.next().from, "expected fewer parentheses");
    const tree = this.operand();
    this.depth--;
    return tree;
  }
  private operand(): Tree {
    if (this.takes("not")) return { op: "not", of: this.negated() };
    if (this.next().kind !== "(") return this.test();
    this.take();
    const tree = this.joined("or");
    if (this.next().kind !== ")")
      throw new Mistake(this.next().from, 'expected ")", "and" or "or"');
    this.take();
    return tree;
  }

  private test(): Tree {
    const first = this.next();
    if ((first.kind !== "word" && first.kind !== "quoted") || isJoint(first))
      throw new Mistake(first.from, "expected a column, or a text to look for");
    this.take();
    const column = first.text;
    if (this.next().kind === "operator") {
      const op = this.take().text as Comparison;
      return { op, column, value: this.literal() };
    }
    if (isWord(this.next(), "in")) return this.among(column);
    if (isWord(this.next(), "not") && isWord(this.all[this.at + 1], "in")) {
      this.take();
      return { op: "not", of: this.among(column) };
    }
    if (isMissingTest(this.all, this.at)) return this.missing(column);
    return this.search(first);
  }

  private among(column: string): Tree {
    this.take();
    if (this.next().kind !== "(") throw new Mistake(this.next().from, 'expected "(": in (1, 2)');
    this.take();
    const values = [this.literal()];
    while (this.next().kind === ",") {
      this.take();
      values.push(this.literal());
    }
    if (this.next().kind !== ")") throw new Mistake(this.next().from, 'expected "," or ")"');
    this.take();
    return { op: "in", column, values };
  }

  private missing(column: string): Tree {
    this.take();
    const isNot = this.takes("not");
    this.take();
    const tree: Tree = { op: "missing", column };
    return isNot ? { op: "not", of: tree } : tree;
  }

  private search(first: Token): Tree {
    if (first.quote === "`") throw new Mistake(this.next().from, "expected =, <, >, ~, in or is");
    let last = first;
    while (first.kind === "word" && this.next().kind === "word" && !isJoint(this.next()))
      last = this.take();
    if (!isJoint(this.next()))
      throw new Mistake(this.next().from, 'expected "and" or "or" (or ~: text ~ "word")');
    const text = first.kind === "quoted" ? first.text : this.text.slice(first.from, last.to);
    return { op: "search", text };
  }

  private literal(): Literal {
    const token = this.next();
    const isText = token.kind === "quoted" && token.quote !== "`";
    if (!isText && (token.kind !== "word" || isJoint(token))) throw new Mistake(token.from, VALUE);
    this.take();
    const number = isText ? null : numberIn(token.text);
    return number === null || isRounded(token.text, number) ? token.text : number;
  }
}
