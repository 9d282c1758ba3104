import { nearestName } from "@runcache/core";
import { OPERATORS } from "./where-parse.js";
import { columnAt, textError, tokensOf, type Token } from "./where-tokens.js";
import { plainValue, type TextValue } from "./where-value.js";

/**
 * The `where` object that a text says: `dt<0.01 and method=rk4`.
 *
 * Comparisons are `=` (or `==`), `!=`, `<`, `<=`, `>`, `>=`, `in (a, b)`, `like "x%"` and `exists name`; `and`,
 * `or`, `not` and parentheses join them. Dots lead into names (`metadata.host`); quotes keep names and
 * values that hold blanks or signs, or look like something else (`"4"`). A value that is absent, or of
 * another type, satisfies no comparison, whether it is negated or not.
 * @throws UsageError `ERR_RUNCACHE_WHERE` with the column of the mistake
 * @example
 * ```ts
 * import { parseWhereText } from "@runcache/runs";
 * console.log(parseWhereText("dt<0.01 and method=rk4"));
 * // { and: [{ dt: { lt: 0.01 } }, { method: { eq: "rk4" } }] }
 * ```
 */
export function parseWhereText(text: string): object {
  return new WhereText(text).whole();
}

/** What the last token's text is. */
const END = "";

const COMPARISONS = { "=": "eq", "==": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" } as const;
type Comparison = (typeof COMPARISONS)[keyof typeof COMPARISONS];

const NEGATED = { eq: "ne", ne: "eq", lt: "gte", gte: "lt", gt: "lte", lte: "gt" } as const satisfies Record<
  Comparison,
  Comparison
>;

const KEYWORDS = ["and", "or", "not", "in", "like", "exists"] as const;
type Keyword = (typeof KEYWORDS)[number];

/** A name's parts, and where it stands. */
interface Name {
  readonly path: readonly string[];
  readonly token: Token;
}

/** Parentheses in parentheses. */
const DEEPEST = 100;

class WhereText {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): object {
    if (this.#sees(END)) throw this.#error("there is no condition", this.#next);
    const where = this.#any(false);
    if (this.#sees(END)) return where;
    const { text } = this.#next;
    const fault = text === ")" ? "there is no ( for it" : "here comes and, or, or the end";
    throw this.#error(`found ${JSON.stringify(text)}: ${fault}`, this.#next);
  }

  /** What `or` joins. Under `not`, that is what `and` joins of the opposites. */
  #any(isNot: boolean): object {
    return this.#joined("or", isNot, () => this.#joined("and", isNot, () => this.#term(isNot)));
  }

  #joined(word: "and" | "or", isNot: boolean, term: () => object): object {
    const terms = [term()];
    while (this.#took(word)) terms.push(term());
    const [only] = terms;
    return terms.length === 1 && only !== undefined ? only : { [(word === "and") === isNot ? "or" : "and"]: terms };
  }

  #term(isNot: boolean): object {
    if (this.#took("not")) return this.#deeper(() => this.#term(!isNot));
    if (this.#sees("(")) {
      const open = this.#take();
      const where = this.#deeper(() => this.#any(isNot));
      if (!this.#sees(")")) {
        throw this.#error(
          `found ${shownToken(this.#next)}: and, or, or the ) of column ${columnAt(this.#text, open.at)}`,
          this.#next,
        );
      }
      this.#take();
      return where;
    }
    if (this.#took("exists")) return on(this.#name(), { exists: !isNot });
    return this.#comparison(isNot);
  }

  #deeper(read: () => object): object {
    if (++this.#depth > DEEPEST) throw this.#error(`more than ${DEEPEST} conditions in each other`, this.#next);
    const where = read();
    this.#depth--;
    return where;
  }

  #comparison(isNot: boolean): object {
    const name = this.#name();
    const negates = this.#took("not");
    const isNegated = negates !== isNot;
    if (this.#took("in")) {
      const values = this.#list();
      if (!isNegated) return on(name, { in: values.map(({ value }) => value) });
      return { and: values.map((value) => this.#compared(name, "ne", value)) };
    }
    const operator = this.#next;
    if (this.#took("like")) {
      if (isNegated) throw this.#error("like has no opposite; say what the text is like", operator);
      return on(name, { like: this.#pattern() });
    }
    const known = Object.hasOwn(COMPARISONS, operator.text) && operator.kind === "symbol" && !negates;
    if (!known) throw this.#noOperator(operator, negates);
    this.#take();
    const comparison = COMPARISONS[operator.text as keyof typeof COMPARISONS];
    return this.#compared(name, isNegated ? NEGATED[comparison] : comparison, this.#value());
  }

  /** An index knows no `ne`: it is less or more, or the other boolean. */
  #compared(name: Name, comparison: Comparison, { value, token }: TextValue): object {
    if (comparison !== "ne") return on(name, { [comparison]: value });
    if (typeof value === "boolean") return on(name, { eq: !value });
    if (value === null) {
      throw this.#error("null has no opposite; 'exists name' says that there is a value", token);
    }
    const isOrdered = typeof value === "string" || (Number.isFinite(value) && !Object.is(value, -0));
    if (!isOrdered) throw this.#error(`nothing is unequal to ${token.text}: it has no order`, token);
    return { or: [on(name, { lt: value }), on(name, { gt: value })] };
  }

  #name(): Name {
    const token = this.#next;
    if (token.kind !== "word") throw this.#error(`found ${shownToken(token)}: here comes a name`, token);
    if (keywordOf(token) !== null) throw this.#error(`${token.text} is no name here; quote it: "${token.text}"`, token);
    const path = partsOf(token);
    if (path.includes(null)) throw this.#error(`${token.text} has an empty part; quote dots of names`, token);
    const names = path as string[];
    // Where an object has operators only, its names are taken for such.
    const free = names[0] === "params" || names[0] === "metadata" ? 2 : 1;
    const taken = names.slice(free).find((part) => (OPERATORS as readonly string[]).includes(part));
    if (taken !== undefined) {
      throw this.#error(`${token.text} cannot be asked for: inside a value, ${taken} is an operator`, token);
    }
    this.#take();
    return { path: names, token };
  }

  #list(): TextValue[] {
    if (!this.#sees("(")) throw this.#error(`found ${shownToken(this.#next)}: after in comes (`, this.#next);
    this.#take();
    const values = [this.#value()];
    while (this.#sees(",")) {
      this.#take();
      values.push(this.#value());
    }
    if (!this.#sees(")")) throw this.#error(`found ${shownToken(this.#next)}: here comes , or )`, this.#next);
    this.#take();
    return values;
  }

  #pattern(): string {
    const { value, token } = this.#value();
    return typeof value === "string" ? value : token.text;
  }

  #value(): TextValue {
    const token = this.#next;
    if (token.kind !== "word") throw this.#error(`found ${shownToken(token)}: here comes a value`, token);
    const [first, second] = token.pieces;
    if (first === undefined || second !== undefined) {
      throw this.#error(`${token.text} is neither quoted nor free of quotes; quote it as a whole`, token);
    }
    if (keywordOf(token) !== null) throw this.#error(`${token.text} is no value; quote it: "${token.text}"`, token);
    const read = first.isQuoted ? { value: first.text } : plainValue(first.text);
    if ("fault" in read) throw this.#error(read.fault, token);
    this.#take();
    return { value: read.value, token };
  }

  #noOperator(token: Token, isNegated: boolean): Error {
    const known = isNegated ? ["in", "like"] : [...Object.keys(COMPARISONS), "in", "like"];
    const near = token.text === "<>" ? "!=" : token.kind === "word" ? nearestName(token.text, known) : undefined;
    const hint = near === undefined ? `here comes one of ${known.join(" ")}` : `did you mean ${near}?`;
    return this.#error(`found ${shownToken(token)}: ${hint}`, token);
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #sees(symbol: string): boolean {
    return this.#next.text === symbol;
  }

  #take(): Token {
    const token = this.#next;
    this.#at++;
    return token;
  }

  #took(word: Keyword): boolean {
    if (keywordOf(this.#next) !== word) return false;
    this.#at++;
    return true;
  }

  #error(fault: string, { at }: Token): Error {
    return textError(this.#text, at, fault);
  }
}

function on({ path }: Name, condition: object): object {
  return path.reduceRight((inner: object, part) => ({ [part]: inner }), condition);
}

/** The parts that dots outside of quotes make; null for one that is empty and was not quoted. */
function partsOf(token: Extract<Token, { kind: "word" }>): (string | null)[] {
  const parts: (string | null)[] = [null];
  for (const { text, isQuoted } of token.pieces) {
    const [first = "", ...rest] = isQuoted ? [text] : text.split(".");
    if (isQuoted || first !== "") parts.push((parts.pop() ?? "") + first);
    parts.push(...rest.map((part) => (part === "" ? null : part)));
  }
  return parts;
}

function keywordOf(token: Token): Keyword | null {
  if (token.kind !== "word" || token.pieces.some(({ isQuoted }) => isQuoted)) return null;
  const lower = token.text.toLowerCase();
  return KEYWORDS.find((keyword) => keyword === lower) ?? null;
}

function shownToken({ kind, text }: Token): string {
  return kind === "end" ? "the end" : JSON.stringify(text);
}
