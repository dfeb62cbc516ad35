import type { Span } from '@testmesh/domain';
import type { Source } from '../source/source.ts';

// Forms that people write because they look right, and that YAML reads as something else (reference 01 §1.1).
interface Trap {
  readonly span: Span;
  readonly message: string;
  readonly help: string;
}

interface Pattern {
  /** Group `lead` is what precedes the part that needs quotes, group `text` that part. */
  readonly form: RegExp;
  readonly why: string;
}

const LEAD = String.raw`(?<lead>\s*(?:- +)*(?:[\w.$-]+:\s+)?)`;
const TAIL = String.raw`\s*(?: #.*)?$`;

const PATTERNS: readonly Pattern[] = [
  { form: new RegExp(`^${LEAD}(?<text>!\\s*[\\w(].*?)${TAIL}`), why: 'YAML reads a leading `!` as a tag' },
  {
    form: new RegExp(`^${LEAD}(?<text>(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^']|'')*')\\s*[^\\s:,\\]}#].*?)${TAIL}`),
    why: 'YAML ends the text at its closing quote, and more follows',
  },
  { form: new RegExp(`^${LEAD}(?<text>\\{\\{.*?)${TAIL}`), why: 'YAML reads `{{` as the beginning of a map' },
  { form: /^(?<lead>.*?[[{,:]\s*)(?<text>\$\{[^}]*\})(?=\s*[,\]}])/, why: 'YAML reads `{` inside brackets as a map' },
  {
    form: new RegExp(`^${LEAD}(?<text>[^\\s"'#{[][^"'#]*? \\? .* : .*?)${TAIL}`),
    why: 'YAML reads `: ` as the end of a key',
  },
];

/** Recognises a well-known trap on a line and says how to write it. */
export const findTrap = (source: Source, line: number): Trap | undefined => {
  const written = source.line(line);
  for (const { form, why } of PATTERNS) {
    const groups = form.exec(written)?.groups;
    if (groups?.['text'] === undefined) continue;
    const column = (groups['lead'] ?? '').length + 1;
    const text = groups['text'];
    const span = { file: source.file, line, column, endLine: line, endColumn: column + text.length };
    return { span, message: `this text needs quotes: ${why}`, help: `write ${inQuotes(text)}` };
  }
  return undefined;
};

/** The text as a YAML scalar that cannot be misread. */
export const inQuotes = (text: string): string =>
  text.includes("'") && !/["\\]/.test(text) ? `"${text}"` : `'${text.replaceAll("'", "''")}'`;
