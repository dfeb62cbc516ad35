// The table of a chart's values, from the comments beside them: `# -- what it is` above a key.
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';

/** A value as a reader meets it: its path, what it is by default, and what it is for. */
interface ChartValue {
  readonly path: string;
  readonly byDefault: string;
  readonly about: string;
}

const MARK = '# -- ';

/** Every value of a commented values.yaml, in its order; a value that nobody explains is an error. */
export const chartValues = (text: string): readonly ChartValue[] => {
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter });
  if (!isMap(contents)) throw new Error('values.yaml is not a map');
  const lines = text.split('\n');
  const aboutAt = (offset: number): string => commentAbove(lines, lineCounter.linePos(offset).line - 1);
  const valuesIn = (map: YAMLMap, above: readonly string[]): readonly ChartValue[] =>
    map.items.flatMap(({ key, value }) => {
      if (!isScalar(key)) throw new Error(`below ${above.join('.')} is a key that is no text`);
      const path = [...above, String(key.value)];
      const about = aboutAt(key.range?.[0] ?? 0);
      if (about !== '') return [{ path: path.join('.'), byDefault: JSON.stringify(jsonOf(value)), about }];
      if (isMap(value) && value.items.length > 0) return valuesIn(value, path);
      throw new Error(`${path.join('.')}: no line above it says what it is (${MARK}…)`);
    });
  return valuesIn(contents, []);
};

const jsonOf = (node: unknown): unknown =>
  node === null ? null : (node as { readonly toJSON: () => unknown }).toJSON();

/** What the comment directly above a line says after its mark; further lines of it go on. */
const commentAbove = (lines: readonly string[], line: number): string => {
  let first = line;
  while (lines[first - 1]?.trimStart().startsWith('#') === true) first -= 1;
  const comment = lines.slice(first, line).map((text) => text.trim());
  const marked = comment.findLastIndex((text) => text.startsWith(MARK));
  if (marked === -1) return '';
  const [start = '', ...more] = comment.slice(marked);
  return [start.slice(MARK.length), ...more.map((text) => text.replace(/^#\s*/, ''))].join(' ');
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

export const valuesTable = (values: readonly ChartValue[]): string =>
  [
    '| value | default | what it is |',
    '|---|---|---|',
    ...values.map(({ path, byDefault, about }) => `| \`${path}\` | \`${cell(byDefault)}\` | ${cell(about)} |`),
  ].join('\n');

const BEGIN = '<!-- values: printed from values.yaml, npm run chart-docs -->';
const END = '<!-- /values -->';

/** A page with the table between its marks. */
export const withTable = (page: string, table: string): string => {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`the page has no place for the table: ${BEGIN} … ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${table}\n${page.slice(to)}`;
};
