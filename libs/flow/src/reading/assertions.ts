import type { Assertion, AssertionGroup } from '../assertion/assertion.ts';
import { compileAssertions } from '../assertion/compile.ts';
import { inQuotes } from '../document/traps.ts';
import type { ListNode, MapEntry, Node } from '../model/node.ts';
import { isEmpty } from './fields.ts';
import type { Reading } from './reading.ts';

/** A list of assertions, or a single one; an empty list checks nothing and is an error. */
export const readAssertions = (
  reading: Reading,
  entry: MapEntry | undefined,
  group: AssertionGroup,
): readonly Assertion[] => {
  if (entry === undefined) return [];
  const { value: node } = entry;
  if (isEmpty(node) || (node.kind === 'list' && node.items.length === 0)) {
    const help = 'write what must hold, such as - status == 200, or leave the key out';
    reading.findings.error('TM1112', entry.keySpan, `\`${entry.key}\` is empty: it would check nothing`, { help });
    return [];
  }
  const items = node.kind === 'list' ? node.items : [node];
  const list: ListNode = { kind: 'list', items: items.filter((item) => !isTrap(reading, item)), span: node.span };
  if (list.items.length === 0) return [];
  const { assertions, problems } = compileAssertions(list, group);
  for (const problem of problems) reading.findings.problem(problem);
  return assertions;
};

const FORMS = new Set(['expression', 'message', 'json_path']);

// `body.note == "a: b"` without quotes around it is a map to YAML.
const isTrap = (reading: Reading, item: Node): boolean => {
  if (item.kind !== 'map') return false;
  const [first] = item.entries;
  if (first === undefined || item.entries.length > 1) return false;
  if (FORMS.has(first.key) || first.key.includes('matches_') || !/[\s"'()=<>?]/.test(first.key)) return false;
  const { line, column } = item.span;
  const text = reading.source
    .line(line)
    .slice(column - 1)
    .replace(/\s+#.*$/, '')
    .trimEnd();
  const span = { ...item.span, endLine: line, endColumn: column + text.length };
  reading.findings.error('TM1010', span, 'this text needs quotes: YAML reads `: ` as the end of a key', {
    help: `write ${inQuotes(text)}`,
  });
  return true;
};
