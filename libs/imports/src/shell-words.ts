import { refusedContent } from './imported.ts';

/** Words of one command, as a POSIX shell would give them to it. */
export interface ShellCommand {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly words: readonly string[];
}

// What a shell would work out (variables, substitutions, pipes) is refused, not guessed.
const PIECE =
  /(?<skip>\\\r?\n|[ \t\r]+|#[^\n]*)|(?<end>\n|;)|(?<ansi>\$'(?:[^'\\]|\\[\s\S])*')|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"|\\(?<escaped>[^\n])|(?<plain>[^\s'"\\;|&<>`$()]+|\$(?![A-Za-z_{('0-9]))/gy;

/** Within double quotes. */
const VARIABLE = /(?:^|[^\\])(?:\\\\)*(\$[A-Za-z_{(][^"]*|`[^"]*)/;

/** Splits a script into commands and words. */
export const shellCommands = (text: string): readonly ShellCommand[] => {
  const script = new Script();
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const at = PIECE.lastIndex;
    const match = PIECE.exec(text);
    if (match === null) throw script.refused(text.slice(at));
    PIECE.lastIndex = at + script.take(match[0], match.groups ?? {});
  }
  return script.end();
};

class Script {
  readonly #commands: ShellCommand[] = [];
  #words: string[] = [];
  #word: string | undefined;
  #line = 1;
  #start = 1;

  /** How much of the piece was used. */
  take(piece: string, groups: Groups): number {
    // `a#b` is one word: a comment begins where a word could.
    if (piece.startsWith('#') && this.#word !== undefined) {
      this.#word += '#';
      return 1;
    }
    if (groups['end'] !== undefined) this.#endCommand();
    else if (groups['skip'] !== undefined) this.#endWord();
    else this.#add(groups);
    this.#line += piece.split('\n').length - 1;
    return piece.length;
  }

  end(): readonly ShellCommand[] {
    this.#endCommand();
    return this.#commands;
  }

  refused(rest: string): Error {
    return refusedContent(`line ${this.#line}: ${unreadable(rest)}`, this.#line);
  }

  #add(groups: Groups): void {
    if (this.#word === undefined && this.#words.length === 0) this.#start = this.#line;
    const variable = VARIABLE.exec(groups['double'] ?? '');
    if (variable !== null) throw this.refused(variable[1] ?? '');
    this.#word = (this.#word ?? '') + pieceText(groups);
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
  }

  #endCommand(): void {
    this.#endWord();
    if (this.#words.length > 0) this.#commands.push({ line: this.#start, words: this.#words });
    this.#words = [];
  }
}

const unreadable = (rest: string): string => {
  const first = rest[0] ?? '';
  if (first === "'" || first === '"') return 'a quote is not closed';
  return `\`${rest.slice(0, 12).split('\n', 1)[0]}\` is work for a shell: write what it would come to`;
};

type Groups = Readonly<Record<string, string | undefined>>;

const pieceText = ({ ansi, single, double, escaped, plain }: Groups): string => {
  if (ansi !== undefined) return unescapedAnsi(ansi.slice(2, -1));
  if (double !== undefined) return unescapedDouble(double);
  return single ?? escaped ?? plain ?? '';
};

const unescapedDouble = (text: string): string =>
  text.replace(/\\(\r?\n|[$`"\\])/g, (_all, one: string) => (one.endsWith('\n') ? '' : one));

const ANSI: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
};

const unescapedAnsi = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|([\s\S]))/g, (_all, unicode, hex, one: string) => {
    const code = (unicode ?? hex) as string | undefined;
    return code === undefined ? (ANSI[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16));
  });
