import type { Output } from '../model/flow.ts';
import type { MapEntry, Node, ScalarNode } from '../model/node.ts';
import type { Text } from '../model/text.ts';
import { parseOutputPath } from '../path/output-path.ts';
import { accept, isTemplated, type Reading, readTemplate, readTextTemplate } from './reading.ts';
import { checkLength, kindOf, NAME, readMap } from './values.ts';

/** `output:` of a step: names, each with a path into the result or a template. */
export const readOutputs = (reading: Reading, entry: MapEntry | undefined): Output[] => {
  const map = readMap(reading, entry);
  if (entry === undefined || map === undefined) return [];
  if (map.entries.length === 0) reading.findings.warning('TM1105', entry.keySpan, `\`${entry.key}\` captures nothing`);
  return map.entries.flatMap((item) => {
    const from = checkName(reading, item.key, item.keySpan) ? originOf(reading, item) : undefined;
    return from === undefined ? [] : [{ name: item.key, span: item.keySpan, from }];
  });
};

const originOf = (reading: Reading, { key, value }: MapEntry): Output['from'] | undefined => {
  if (value.kind === 'scalar' && typeof value.value === 'string' && !isTemplated(value)) {
    const path = accept(reading, parseOutputPath(value.text));
    return path && { kind: 'path', path };
  }
  if (value.kind === 'scalar' && value.value === null) {
    const message = `\`${key}\` captures nothing: where does its value come from?`;
    reading.findings.error('TM1102', value.span, message, { help: `a path into the result: ${key}: $.body.${key}` });
    return undefined;
  }
  return { kind: 'template', template: readTemplate(reading, value) };
};

/** `outputs:` of a flow: a list of captured names, or names with what they stand for. */
export const readFlowOutputs = (reading: Reading, entry: MapEntry | undefined): Output[] => {
  if (entry === undefined) return [];
  if (entry.value.kind === 'list') return entry.value.items.flatMap((item) => capturedName(reading, item));
  const map = readMap(reading, entry);
  return (map?.entries ?? []).flatMap((item) => {
    if (!checkName(reading, item.key, item.keySpan)) return [];
    const { value } = item;
    const bare = value.kind === 'scalar' && typeof value.value === 'string' && !isTemplated(value);
    const template = bare ? reference(reading, value) : readTemplate(reading, value);
    return [{ name: item.key, span: item.keySpan, from: { kind: 'template', template } }];
  });
};

const capturedName = (reading: Reading, item: Node): Output[] => {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') {
    reading.findings.error('TM1103', item.span, `\`outputs\` lists captured names, ${kindOf(item)} is none`);
    return [];
  }
  if (!checkName(reading, item.value, item.span)) return [];
  return [{ name: item.value, span: item.span, from: { kind: 'template', template: reference(reading, item) } }];
};

// `order_id` and `$.place_order.order_id` mean what `${…}` around them means.
const reference = (reading: Reading, { text }: ScalarNode) => {
  const skipped = text.value.startsWith('$.') ? 2 : 0;
  const inner = text.value.slice(skipped);
  const shift = (offset: number) => Math.min(Math.max(offset - 2, 0), inner.length) + skipped;
  const wrapped: Text = { value: `\${${inner}}`, span: (start, end) => text.span(shift(start), shift(end)) };
  return readTextTemplate(reading, wrapped);
};

/** Whether a name can be one; says why when it cannot. */
export const checkName = (reading: Reading, name: string, span: Node['span'], what = 'name'): boolean => {
  if (!checkLength(reading, name, span, what)) return false;
  if (NAME.test(name)) return true;
  const better = name.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^(?=[\d-])/, '_');
  const message = `\`${name}\` cannot be a ${what}: letters, digits, _ and -, starting with a letter or _`;
  reading.findings.error('TM1109', span, message, NAME.test(better) ? { suggestion: `write ${better}` } : {});
  return false;
};
