import type { Stretch } from '@testmesh/flow';

// What is sought is text as it stands, not a pattern.

export interface Sought {
  readonly find: string;
  readonly replace: string;
  readonly matchCase: boolean;
  readonly wholeWord: boolean;
}

interface ReplacedLine {
  /** From 1, in the text as it was. */
  readonly line: number;
  readonly before: string;
  /** More lines than one where the replacement has them. */
  readonly after: string;
}

export interface Replaced {
  readonly text: string;
  readonly count: number;
  readonly lines: readonly ReplacedLine[];
}

/** Replaces every occurrence that lies within one of the stretches. */
export const replaceWithin = (text: string, sought: Sought, within: readonly Stretch[]): Replaced => {
  const pattern = patternOf(sought);
  const lines: ReplacedLine[] = [];
  let count = 0;
  let start = 0;
  const written = text.split(/(?<=\n)/).map((line, at) => {
    const lineStart = start;
    start += line.length;
    const after = line.replace(pattern, (found, offset: number) => {
      const from = lineStart + offset;
      if (!within.some((one) => one.start <= from && from + found.length <= one.end)) return found;
      count += 1;
      return sought.replace;
    });
    if (after !== line) lines.push({ line: at + 1, before: trimEnd(line), after: trimEnd(after) });
    return after;
  });
  return { text: written.join(''), count, lines };
};

const trimEnd = (line: string): string => line.replace(/\r?\n$/, '');

const patternOf = ({ find, matchCase, wholeWord }: Sought): RegExp => {
  const literal = find.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const word = '[\\p{L}\\p{N}_]';
  const bounded = wholeWord ? `(?<!${word})${literal}(?!${word})` : literal;
  return new RegExp(bounded, `gu${matchCase ? '' : 'i'}`);
};
