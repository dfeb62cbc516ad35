import type { Diagnostic } from '@testmesh/contracts';
import { typedText, type Value } from '@testmesh/domain';
import { Findings } from '../source/findings.ts';
import { Source } from '../source/source.ts';

export interface ReadEnvFile {
  readonly variables: ReadonlyMap<string, Value>;
  readonly diagnostics: readonly Diagnostic[];
}

// V1. A value is literal text: nothing in it is ever expanded.
// V2. Unquoted text in the canonical form of a JSON number or boolean is typed; quoted text stays text.
// V3. A `#` begins a comment at the start of a line, after white space, or after the closing quote.

/** Reads NAME=value lines; the last of two equal names counts, as shells have it. */
export const readEnvFile = ({ file, text }: { readonly file: string; readonly text: string }): ReadEnvFile => {
  const reader = new EnvFileReader(new Source(file, text));
  return { variables: reader.read(), diagnostics: reader.findings.all };
};

const ASSIGNMENT = /[^\S\n]*(?:export[^\S\n]+)?([^\s=#]+)[^\S\n]*=[^\S\n]*/y;
const IGNORED = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
const UNQUOTED = /[^\n]*/y;
const REST = /[^\S\n]*(?:#[^\n]*)?(?=\n|$)/y;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

class EnvFileReader {
  readonly findings = new Findings();
  readonly #source: Source;
  #at = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  read(): ReadonlyMap<string, Value> {
    const variables = new Map<string, Value>();
    const { text } = this.#source;
    while (this.#at < text.length) {
      if (this.#take(IGNORED) === undefined) this.#assignment(variables);
    }
    return variables;
  }

  #assignment(variables: Map<string, Value>): void {
    const start = this.#at;
    const name = this.#take(ASSIGNMENT)?.[1];
    if (name === undefined || !NAME.test(name)) {
      const line = this.#restOfLine(start);
      const message = name === undefined ? 'a line is NAME=value, a comment or empty' : `\`${name}\` cannot be a name`;
      this.findings.error('TM6501', this.#source.span(start, start + Math.max(1, line.trimEnd().length)), message);
      return;
    }
    const value = this.#value();
    if (value !== undefined) variables.set(name, value);
  }

  #value(): Value | undefined {
    const quote = this.#source.text[this.#at];
    if (quote === '"' || quote === "'" || quote === '`') return this.#quoted(quote);
    const written = this.#take(UNQUOTED)?.[0] ?? '';
    return typedText(written.replace(/(?:^|\s)#.*$/, '').trim());
  }

  #quoted(quote: string): string | undefined {
    const { text } = this.#source;
    const start = this.#at;
    let end = start + 1;
    while (end < text.length && text[end] !== quote) end += quote === '"' && text[end] === '\\' ? 2 : 1;
    if (end >= text.length) {
      this.findings.error(
        'TM6502',
        this.#source.span(start, start + 1),
        `the quote ${quote} is opened and never closed`,
      );
      this.#at = text.length;
      return undefined;
    }
    this.#at = end + 1;
    const written = text.slice(start + 1, end).replaceAll('\r\n', '\n');
    if (this.#take(REST) === undefined) {
      const after = this.#at;
      const rest = this.#restOfLine(after);
      this.findings.error(
        'TM6503',
        this.#source.span(after, after + rest.trimEnd().length),
        'text after the closing quote',
        {
          help: `quote the whole value, or put a space and # before a comment`,
        },
      );
    }
    return quote === '"' ? unescaped(written) : written;
  }

  #restOfLine(from: number): string {
    const newline = this.#source.text.indexOf('\n', from);
    this.#at = newline < 0 ? this.#source.text.length : newline;
    return this.#source.text.slice(from, this.#at);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source.text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (written, letter: string) => ESCAPES[letter] ?? written);
