import type { Span } from '@testmesh/domain';
import type { Text } from '../model/text.ts';
import type { Source } from '../source/source.ts';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

/** A scalar's value, able to say where in the file any part of it stands; the mapping is worked out only when asked for. */
export class ScalarText implements Text {
  readonly value: string;
  readonly #source: Source;
  readonly #start: number;
  readonly #end: number;
  readonly #style: ScalarStyle;
  #offsets: readonly number[] | undefined;

  constructor(value: string, source: Source, place: { start: number; end: number; style: ScalarStyle }) {
    this.value = value;
    this.#source = source;
    this.#start = place.start;
    this.#end = place.end;
    this.#style = place.style;
  }

  span(start: number, end: number): Span {
    this.#offsets ??= offsetsOf(this.value, this.#source.text.slice(this.#start, this.#end), this.#style);
    const at = (index: number) => this.#start + (this.#offsets?.[index] ?? this.#end - this.#start);
    if (end <= start) return this.#source.span(at(start), at(start));
    return this.#source.span(at(start), afterCharacter(this.#source.text, at(end - 1), at(end)));
  }
}

// A part ends right after its last character, not where the next one begins: a fold or an indentation may lie between.
const afterCharacter = (text: string, last: number, next: number): number => {
  const between = text.slice(last, next);
  const newline = between.indexOf('\n');
  return newline > 0 ? last + newline : next;
};

/** For each UTF-16 unit of `value`, and for its end, the offset in `written` (quotes, header and indentation included). */
const offsetsOf = (value: string, written: string, style: ScalarStyle): readonly number[] => {
  if (style === 'literal' || style === 'folded') return blockOffsets(value, written);
  const opening = style === 'plain' ? 0 : 1;
  return align(value, written, { start: opening, end: written.length - opening, style, indent: 0 });
};

const blockOffsets = (value: string, written: string): readonly number[] => {
  const header = written.indexOf('\n') + 1;
  if (header === 0) return [written.length];
  return align(value, written, {
    start: header,
    end: written.length,
    style: 'literal',
    indent: blockIndent(value, written.slice(header)),
  });
};

// The value's first line that has content tells how much of the file's first such line is indentation.
const blockIndent = (value: string, body: string): number => {
  const line = body.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  const content = value.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  const leading = (text: string) => text.length - text.trimStart().length;
  return Math.max(0, leading(line) - leading(content));
};

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly style: ScalarStyle;
  /** Columns at the beginning of each line that belong to no value. */
  readonly indent: number;
}

// Value and source hold the same characters in the same order; they differ in white space around line ends and in escapes.
const align = (value: string, written: string, { start, end, style, indent }: Stretch): readonly number[] => {
  const offsets: number[] = [];
  let at = skipIndent(written, start, indent);
  while (offsets.length < value.length && at < end) {
    const { source, units } = escapeAt(written, at, style) ?? characterAt(written, at, value[offsets.length]);
    for (let unit = 0; unit < units; unit++) offsets.push(at);
    at += source;
    if (written[at - 1] === '\n') at = skipIndent(written, at, indent);
  }
  while (offsets.length <= value.length) offsets.push(Math.min(at, end));
  return offsets;
};

const skipIndent = (written: string, from: number, indent: number): number => {
  let at = from;
  while (at < from + indent && written[at] === ' ') at++;
  return at;
};

const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** How many characters of the source stand for how many UTF-16 units of the value. */
interface Step {
  readonly source: number;
  readonly units: number;
}

// What is not wanted was folded away: a line end, a trailing blank, a carriage return.
const characterAt = (written: string, at: number, wanted: string | undefined): Step => {
  const found = written[at];
  return { source: 1, units: found === wanted || (wanted === ' ' && found === '\n') ? 1 : 0 };
};

const escapeAt = (written: string, at: number, style: ScalarStyle): Step | undefined => {
  if (style === 'single' && written[at] === "'" && written[at + 1] === "'") return { source: 2, units: 1 };
  if (style !== 'double' || written[at] !== '\\') return undefined;
  const letter = written[at + 1] ?? '';
  if (letter === '\n' || letter === '\r') return escapedLineEnd(written, at);
  const digits = ESCAPE_DIGITS[letter] ?? 0;
  const codePoint = digits === 0 ? 0 : Number.parseInt(written.slice(at + 2, at + 2 + digits), 16);
  return { source: 2 + digits, units: codePoint > 0xffff ? 2 : 1 };
};

const escapedLineEnd = (written: string, at: number): Step => {
  const blank = /^\\\r?\n[ \t]*/.exec(written.slice(at));
  return { source: blank?.[0].length ?? 2, units: 0 };
};
