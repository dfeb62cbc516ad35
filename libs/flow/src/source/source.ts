import type { Span } from '@testmesh/domain';

/** A file's text and the places in it; lines and columns start at 1, columns count UTF-16 units. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];
  // Spans are mostly asked for in document order, so the last line is a good first guess.
  #lastLine = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    this.#lineStarts = lineStarts(this.text);
  }

  span(start: number, end: number): Span {
    const line = this.#lineAt(start);
    const column = start - this.#startOf(line) + 1;
    const endLine = this.#lineAt(Math.max(start, end));
    const endColumn = Math.max(start, end) - this.#startOf(endLine) + 1;
    return { file: this.file, line: line + 1, column, endLine: endLine + 1, endColumn };
  }

  /** The text of a line without its end; `line` starts at 1. */
  line(line: number): string {
    const start = this.#startOf(line - 1);
    const end = this.#lineStarts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }

  get lineCount(): number {
    return this.#lineStarts.length;
  }

  #startOf(line: number): number {
    return this.#lineStarts[line] ?? this.text.length;
  }

  #lineAt(offset: number): number {
    const starts = this.#lineStarts;
    const holds = (line: number) =>
      (starts[line] ?? Number.POSITIVE_INFINITY) <= offset && offset < (starts[line + 1] ?? Number.POSITIVE_INFINITY);
    for (const guess of [this.#lastLine, this.#lastLine + 1]) {
      if (holds(guess)) return this.#remember(guess);
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#remember(low);
  }

  #remember(line: number): number {
    this.#lastLine = line;
    return line;
  }
}

const lineStarts = (text: string): number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};
