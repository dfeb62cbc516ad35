import { parseDuration } from '@testmesh/contracts';
import type { Span, Value } from '@testmesh/domain';
import type { Setting } from '../model/flow.ts';
import type { MapEntry, MapNode, Node, ScalarNode } from '../model/node.ts';
import { didYouMean } from '../source/suggest.ts';
import { fixed, isTemplated, type Reading, readTextTemplate } from './reading.ts';

/** Names of steps, outputs, inputs and variables. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Characters of what is listed and looked for: names, suites, tags. No index of a database takes what has thousands. */
const LONGEST_NAME = 200;

/** Whether what is listed and looked for is short enough for that; says so when it is not. */
export const checkLength = (reading: Reading, text: string, span: Span, what: string): boolean => {
  if (text.length <= LONGEST_NAME) return true;
  const message = `a ${what} has at most ${LONGEST_NAME} characters; this one has ${text.length}`;
  reading.findings.error('TM1109', span, message);
  return false;
};

type Entry = MapEntry | undefined;

/** A scalar's text; numbers and booleans stand for what is written. */
export const readText = (reading: Reading, entry: Entry): string | undefined => {
  if (entry === undefined) return undefined;
  if (entry.value.kind === 'scalar' && entry.value.value !== null) return keptText(reading, entry.key, entry.value);
  return wrongKind(reading, entry, 'a text');
};

/** Names, descriptions and tags are kept and looked for where neither NUL nor half a character can stand. */
const keptText = (reading: Reading, key: string, { text: { value }, span }: ScalarNode): string => {
  const strange = value.includes('\0') ? 'NUL' : value.isWellFormed() ? undefined : 'half a character';
  if (strange !== undefined) reading.findings.error('TM1009', span, `\`${key}\` holds ${strange}, which is no text`);
  return value;
};

/** A text that is taken as it stands: a template in it would never be rendered. */
export const readFixedText = (reading: Reading, entry: Entry): string | undefined => {
  if (entry !== undefined && isTemplated(entry.value)) {
    reading.findings.error(
      'TM1115',
      entry.value.span,
      `\`${entry.key}\` is read before anything runs: no template here`,
    );
    return undefined;
  }
  return readText(reading, entry);
};

export const readTextSetting = (reading: Reading, entry: Entry): Setting<string> | undefined => {
  if (entry === undefined) return undefined;
  const template = templateSetting(reading, entry.value);
  if (template !== undefined) return template;
  const text = readText(reading, entry);
  return text === undefined ? undefined : fixed(text, entry.value.span);
};

/** One text or a list of texts. */
export const readTexts = (reading: Reading, entry: Entry): readonly string[] =>
  readPlacedTexts(reading, entry).map(({ text }) => text);

/** The same, each with its place. */
export const readPlacedTexts = (reading: Reading, entry: Entry): readonly { text: string; span: Span }[] => {
  if (entry === undefined) return [];
  const items = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && item.value !== null) {
      return [{ text: keptText(reading, entry.key, item), span: item.span }];
    }
    reading.findings.error('TM1103', item.span, `\`${entry.key}\` is a list of texts, ${kindOf(item)} is none`);
    return [];
  });
};

/** Labels that `--tags` selects by, where commas and spaces separate them. */
export const readTags = (reading: Reading, entry: Entry): readonly string[] =>
  readPlacedTexts(reading, entry).map(({ text, span }) => {
    if (!checkLength(reading, text, span, 'tag')) return '';
    if (!/[\s,]/.test(text) && text !== '') return text;
    const several = text.split(/[\s,]+/).filter((tag) => tag !== '');
    const message = `no \`--tags\` selects the tag \`${text}\`: a tag has neither commas nor spaces`;
    reading.findings.error('TM1109', span, message, {
      ...(several.length > 0 && { suggestion: `write tags: [${several.join(', ')}]` }),
    });
    return text;
  });

export const readBoolean = (reading: Reading, entry: Entry, otherwise: boolean): boolean => {
  if (entry === undefined) return otherwise;
  const { value: node } = entry;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  // YAML 1.2 knows only true and false; people still write the words of 1.1.
  const old = node.kind === 'scalar' && /^(yes|no|on|off)$/i.exec(node.text.value)?.[0].toLowerCase();
  const hint = old ? { suggestion: `write ${old === 'yes' || old === 'on' ? 'true' : 'false'}` } : {};
  reading.findings.error('TM1103', node.span, `\`${entry.key}\` is true or false, not ${kindOf(node)}`, hint);
  return otherwise;
};

export const readChoice = <T extends string>(reading: Reading, entry: Entry, of: readonly T[]): T | undefined => {
  if (entry === undefined) return undefined;
  const text = entry.value.kind === 'scalar' ? entry.value.text.value : undefined;
  const chosen = of.find((choice) => choice === text);
  if (chosen !== undefined) return chosen;
  const said = text === undefined ? kindOf(entry.value) : `\`${text}\``;
  const message = `\`${entry.key}\` is one of ${of.join(', ')}, not ${said}`;
  reading.findings.error('TM1110', entry.value.span, message, didYouMean(text ?? '', of));
  return undefined;
};

/** A duration such as `3s`, in milliseconds; a template is judged once it is rendered. */
export const readDuration = (reading: Reading, entry: Entry): Setting<number> | undefined => {
  if (entry === undefined) return undefined;
  const { value: node, key } = entry;
  const template = templateSetting(reading, node);
  if (template !== undefined) return template;
  if (node.kind !== 'scalar') return wrongKind(reading, entry, 'a duration such as 3s');
  const written = node.text.value;
  const milliseconds = parseDuration(written);
  if (milliseconds !== undefined && milliseconds > 0) return fixed(milliseconds, node.span);
  reading.findings.error('TM1108', node.span, durationProblem(key, written, milliseconds), {
    ...(milliseconds === undefined && durationHint(written)),
  });
  return undefined;
};

const durationProblem = (key: string, written: string, milliseconds: number | undefined): string => {
  if (milliseconds === 0) return `\`${key}\` of no time at all`;
  if (/^\d+(\.\d+)?$/.test(written)) return `\`${key}: ${written}\` has no unit`;
  return `\`${written}\` is no duration; it is written like 500ms, 3s, 1m30s or 2h`;
};

const UNITS: Readonly<Record<string, string>> = {
  sec: 's',
  second: 's',
  min: 'm',
  minute: 'm',
  hr: 'h',
  hour: 'h',
  millisecond: 'ms',
};

const durationHint = (written: string): { suggestion?: string } => {
  if (/^\d+(\.\d+)?$/.test(written)) return { suggestion: `write ${written}s, or ${written}ms for milliseconds` };
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+?)s?$/i.exec(written) ?? [];
  const known = UNITS[unit.toLowerCase()] ?? (/^(ms|m|h|s)$/i.test(unit) ? unit.toLowerCase() : undefined);
  if (amount !== undefined && /^d(ay)?$/.test(unit)) return { suggestion: `write ${Number(amount) * 24}h` };
  return amount === undefined || known === undefined ? {} : { suggestion: `write ${amount}${known}` };
};

/** A whole number of at least `least`. */
export const readCount = (reading: Reading, entry: Entry, least: number): Setting<number> | undefined => {
  const setting = readNumber(reading, entry);
  if (setting === undefined || setting.kind === 'template') return setting;
  if (Number.isInteger(setting.value) && setting.value >= least) return setting;
  const message = `\`${entry?.key}\` is a whole number of at least ${least}, not ${setting.value}`;
  reading.findings.error('TM1111', setting.span, message);
  return undefined;
};

export const readNumber = (reading: Reading, entry: Entry): Setting<number> | undefined => {
  if (entry === undefined) return undefined;
  const { value: node } = entry;
  const template = templateSetting(reading, node);
  if (template !== undefined) return template;
  if (node.kind === 'scalar' && typeof node.value === 'number') return fixed(node.value, node.span);
  return wrongKind(reading, entry, 'a number');
};

/** The map after a key, or undefined after saying that it is none. */
export const readMap = (reading: Reading, entry: Entry): MapNode | undefined => {
  if (entry === undefined) return undefined;
  if (entry.value.kind === 'map') return entry.value;
  return wrongKind(reading, entry, 'a map of keys and values');
};

const templateSetting = (reading: Reading, node: Node): Setting<never> | undefined =>
  isTemplated(node) ? { kind: 'template', template: readTextTemplate(reading, node.text), span: node.span } : undefined;

export const wrongKind = (reading: Reading, entry: MapEntry, wanted: string): undefined => {
  reading.findings.error('TM1103', entry.value.span, `\`${entry.key}\` is ${wanted}, not ${kindOf(entry.value)}`);
  return undefined;
};

/** What a node is, in words. */
export const kindOf = (node: Node): string => {
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.kind === 'map') return 'a map';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'boolean') return `${node.value}`;
  if (typeof node.value === 'string') return `the text \`${shortened(node.value)}\``;
  return `the number ${node.text.value}`;
};

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text).replace(/\s+/g, ' ');

/** A node as the plain value it stands for, templates unrendered; `seen` learns which node each list and map came from. */
export const plainValue = (node: Node, seen?: Map<unknown, Node>): Value => {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list')
    return remember(
      node,
      node.items.map((item) => plainValue(item, seen)),
      seen,
    );
  const map = Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value, seen)]));
  return remember(node, map, seen);
};

const remember = <T>(node: Node, value: T, seen: Map<unknown, Node> | undefined): T => {
  seen?.set(value, node);
  return value;
};
