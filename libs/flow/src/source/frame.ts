import type { Span } from '@testmesh/domain';
import type { Source } from './source.ts';

/** A line of a code frame: the file's own, or the one with the caret under it. */
export interface FrameLine {
  readonly kind: 'source' | 'caret';
  /** The line's number; for the caret, that of the line above it. */
  readonly line: number;
  readonly gutter: string;
  readonly text: string;
}

interface FrameOptions {
  /** Lines shown before the one with the caret. */
  readonly before?: number;
  readonly suggestion?: string;
  /** Longer lines are cut around the caret. */
  readonly width?: number;
}

/** The lines around a place with a caret under it, uncoloured. */
export const frame = (source: Source, span: Span, options: FrameOptions = {}): FrameLine[] => {
  const { before = 2, suggestion, width = 160 } = options;
  const first = Math.max(1, span.line - before);
  const digits = String(span.line).length;
  const lines: FrameLine[] = [];
  const shift = cut(source.line(span.line), span.column, width);
  for (let line = first; line <= span.line; line++) {
    const text = clip(source.line(line), line === span.line ? shift : 0, width);
    lines.push({ kind: 'source', line, gutter: String(line).padStart(digits + 3), text });
  }
  const caret = caretLine(source, span, shift, width) + (suggestion ? ` ${suggestion}` : '');
  lines.push({ kind: 'caret', line: span.line, gutter: ' '.repeat(digits + 3), text: caret });
  return lines;
};

const cut = (text: string, column: number, width: number): number =>
  text.length <= width || column < width - 20 ? 0 : column - Math.floor(width / 2);

const clip = (text: string, shift: number, width: number): string => {
  const part = text.slice(shift, shift + width);
  return `${shift > 0 ? '…' : ''}${part}${shift + width < text.length ? '…' : ''}`;
};

const caretLine = (source: Source, span: Span, shift: number, width: number): string => {
  const text = source.line(span.line);
  const start = span.column - 1;
  const end = span.endLine === span.line ? span.endColumn - 1 : text.length;
  const lead = (shift > 0 ? ' ' : '') + padding(text.slice(shift, start));
  const length = Math.max(1, Math.min(printedWidth(text.slice(start, end)), width - (start - shift)));
  return lead + '^'.repeat(length);
};

// Tabs stay tabs, so that the caret stands right whatever their width.
const padding = (text: string): string =>
  graphemesOf(text)
    .map((grapheme) => (grapheme === '\t' ? '\t' : ' '.repeat(cells(grapheme))))
    .join('');

const printedWidth = (text: string): number =>
  graphemesOf(text).reduce((total, grapheme) => total + cells(grapheme), 0);

// Made on first use: it costs tens of milliseconds, and only what is wrong needs a caret.
let segmenter: Intl.Segmenter | undefined;
const graphemesOf = (text: string): readonly string[] => {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) => segment);
};

const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const cells = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);
