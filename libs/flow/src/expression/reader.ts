import type { Text } from '../model/text.ts';
import type { Ast, Place } from './ast.ts';
import type { Token } from './lexer.ts';
import { trouble } from './problem.ts';

const MAX_DEPTH = 100;
const MAX_LINKS = 500;

/** The parser as seen from its parts. */
export interface Grammar {
  readonly binding: (reader: Reader, binding: number) => Ast;
  readonly range: ParseRange;
}

export type ParseRange = (text: Text, start: number, end: number) => Ast;

/** Walks the tokens of one expression, for the parts of the parser. */
export class Reader {
  readonly text: Text;
  /** Reads another expression in the same text: what a placeholder holds. */
  readonly parseRange: ParseRange;
  /** Reads an operand and every operator that binds tighter than `binding`. */
  readonly parse: (binding: number) => Ast;
  /** Nodes that stood in parentheses, so that nothing about them is in doubt. */
  readonly grouped = new WeakSet<Ast>();
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #filters = 0;
  #elementUsed = false;

  constructor(text: Text, tokens: readonly Token[], grammar: Grammar) {
    this.text = text;
    this.parseRange = grammar.range;
    this.#tokens = tokens;
    this.parse = (binding) => {
      if (++this.#depth > MAX_DEPTH) {
        return trouble(text, this.peek(), { code: 'TM3006', message: `an expression may be nested ${MAX_DEPTH} deep` });
      }
      const ast = grammar.binding(this, binding);
      this.#depth--;
      return ast;
    };
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** The end of the token read last. */
  get end(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  is(value: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.value === value && (token.kind === 'sign' || token.kind === 'name');
  }

  takes(value: string): boolean {
    const found = this.is(value);
    if (found) this.#at++;
    return found;
  }

  expect(value: string, why: string): void {
    if (!this.takes(value)) this.unexpected(`\`${value}\` ${why}`);
  }

  unexpected(expected: string): never {
    const token = this.peek();
    const found =
      token.kind === 'end' ? 'the expression ends' : `\`${this.text.value.slice(token.start, token.end)}\` stands`;
    return trouble(this.text, token, { code: 'TM3001', message: `${found} where ${expected} is expected` });
  }

  stop(place: Place, code: string, message: string, more: { suggestion?: string; help?: string } = {}): never {
    return trouble(this.text, place, { code, message, ...more });
  }

  /** Reads something in which `.x` and `#` mean an element; tells whether they were used. */
  withElement<T>(read: () => T): { readonly value: T; readonly used: boolean } {
    const outer = this.#elementUsed;
    this.#elementUsed = false;
    this.#filters++;
    const value = read();
    const used = this.#elementUsed;
    this.#filters--;
    this.#elementUsed = outer;
    return { value, used };
  }

  /** Counts the operators or accesses that follow one another; a long chain is as deep as nesting. */
  link(count: number): void {
    if (count < MAX_LINKS) return;
    this.stop(this.peek(), 'TM3006', `more than ${MAX_LINKS} operators or accesses follow one another`);
  }

  useElement(place: Place): void {
    if (this.#filters === 0) {
      this.stop(place, 'TM3011', '`.x` and `#` mean an element and stand only inside `[…]` or a list function', {
        help: 'for example `items[.price > 1]` or `all(items, .price > 1)`',
      });
    }
    this.#elementUsed = true;
  }
}
