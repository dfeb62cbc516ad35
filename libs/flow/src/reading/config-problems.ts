import type { ActionSchema, ConfigFault, Diagnostic } from '@testmesh/contracts';
import type { Span, ValueMap } from '@testmesh/domain';
import type * as z from 'zod';
import type { MapNode, Node } from '../model/node.ts';
import { patternProblem } from '../regex/regex.ts';
import { suggest } from '../source/suggest.ts';
import { isTemplated, isTemplateText } from './reading.ts';
import { keysAt } from './schema-keys.ts';
import { kindOf } from './values.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** An action's config as written, and what it is checked against. */
export interface WrittenConfig {
  readonly schema: ActionSchema;
  /** With canonical keys. */
  readonly node: MapNode;
  readonly raw: ValueMap;
  /** Where a missing key is reported. */
  readonly place: Span;
}

export interface ConfigProblems {
  readonly diagnostics: readonly Diagnostic[];
  /** Required keys that an environment may supply and this file leaves to it. */
  readonly leftToEnvironment: readonly string[];
}

/** Everything the action's schema says against a config; what depends on a template is left to the run. */
export const configProblems = (config: WrittenConfig): ConfigProblems => {
  const parsed = config.schema.config.safeParse(config.raw);
  const faults = configFaults(config);
  if (parsed.success) return { diagnostics: faults, leftToEnvironment: [] };
  const issues = parsed.error.issues.flatMap((issue) => unfold(issue, config));
  const left = issues.filter((issue) => isLeftToEnvironment(issue, config)).map(({ path }) => String(path[0]));
  const judged = issues.filter((issue) => !isLeftToEnvironment(issue, config) && isJudged(issue, config));
  const meant = new Set(judged.flatMap((issue) => misspelt(issue, config)));
  const diagnostics = judged
    .filter((issue) => !(isMissing(issue, config) && meant.has(issue.path.join('.'))))
    .flatMap((issue) => diagnose(issue, config));
  const told = [...diagnostics, ...faults.filter(({ span }) => !diagnostics.some((told) => sameSpan(told.span, span)))];
  return { diagnostics: told, leftToEnvironment: [...new Set(left)] };
};

const configFaults = (config: WrittenConfig): readonly Diagnostic[] =>
  (config.schema.faults?.(config.raw, { isOpen: isTemplateText, patternProblem }) ?? []).flatMap((fault) =>
    faultDiagnostic(fault, config),
  );

const faultDiagnostic = (fault: ConfigFault, { node }: WrittenConfig): readonly Diagnostic[] => {
  const { path, message, ofKey, harmless } = fault;
  const place = nodeAt(node, path);
  if (place === undefined || (!ofKey && holdsTemplate(place))) return [];
  const span = (ofKey && keySpanAt(node, path)) || place.span;
  return harmless
    ? [{ code: 'TM2016', severity: 'warning', message, span }]
    : [{ code: 'TM1205', severity: 'error', message: `\`${dotted(path)}\`: ${message}`, span }];
};

const sameSpan = (a: Span, b: Span): boolean => a.line === b.line && a.column === b.column;

const isLeftToEnvironment = (issue: Issue, config: WrittenConfig): boolean =>
  issue.path.length === 1 && isMissing(issue, config) && config.schema.environmentKeys.includes(String(issue.path[0]));

const isMissing = (issue: Issue, { node }: WrittenConfig): boolean =>
  issue.code !== 'unrecognized_keys' && issue.path.length > 0 && nodeAt(node, issue.path) === undefined;

/** Of a union, the alternative that was meant: the only one that fits the kind of value that stands there. */
const unfold = (issue: Issue, config: WrittenConfig): readonly Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const fitting = issue.errors.filter((branch) =>
    branch.every((inner) => inner.path.length > 0 || !saysWrongKind(inner)),
  );
  const closest = fitting.toSorted((a, b) => a.length - b.length)[0];
  if (closest === undefined || nodeAt(config.node, issue.path) === undefined) return [issue];
  return closest.flatMap((inner) => unfold({ ...inner, path: [...issue.path, ...inner.path] }, config));
};

const saysWrongKind = ({ code }: Issue): boolean =>
  code === 'invalid_type' || code === 'invalid_value' || code === 'custom';

// A template's value is not known yet. Keys, and the kind of a list or map, are known whatever it holds.
const isJudged = (issue: Issue, { node }: WrittenConfig): boolean => {
  if (issue.code === 'unrecognized_keys' || issue.path.length === 0) return true;
  const value = nodeAt(node, issue.path);
  if (value === undefined) return !startsInTemplate(node, issue.path);
  if (value.kind !== 'scalar' && issue.code === 'invalid_type') return true;
  return !holdsTemplate(value);
};

const startsInTemplate = (node: Node, path: Path): boolean =>
  path.some((_, length) => {
    const parent = nodeAt(node, path.slice(0, length));
    return parent !== undefined && isTemplated(parent);
  });

const holdsTemplate = (node: Node): boolean => {
  if (node.kind === 'scalar') return isTemplated(node);
  if (node.kind === 'list') return node.items.some(holdsTemplate);
  return node.entries.some(({ value }) => holdsTemplate(value));
};

const misspelt = (issue: Issue, { schema }: WrittenConfig): readonly string[] => {
  if (issue.code !== 'unrecognized_keys') return [];
  const known = keysAt(schema.config, issue.path);
  return issue.keys.flatMap((key) => {
    const nearest = suggest(key, known);
    return nearest === undefined ? [] : [[...issue.path, nearest].join('.')];
  });
};

const diagnose = (issue: Issue, config: WrittenConfig): readonly Diagnostic[] => {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, issue.path, config));
  const name = issue.path.length === 0 ? 'config' : dotted(issue.path);
  if (isMissing(issue, config)) {
    const message = `${config.schema.type} needs \`${name}\``;
    const help = /^(Invalid|Too|Unrecognized)/.test(issue.message) ? {} : { help: issue.message };
    return [{ code: 'TM1204', severity: 'error', message, span: ownerSpan(issue.path, config), ...help }];
  }
  const value = nodeAt(config.node, issue.path) ?? config.node;
  const span = issue.path.length === 0 ? config.place : value.span;
  return [{ code: 'TM1205', severity: 'error', message: `\`${name}\`: ${sentence(issue, value)}`, span }];
};

const unknownKey = (key: string, path: Path, { schema, node, place }: WrittenConfig): Diagnostic => {
  const owner = path.length === 0 ? `action ${schema.type}` : `\`${dotted(path)}\` of action ${schema.type}`;
  const spellings = path.length === 0 ? Object.keys(schema.keyAliases) : [];
  const known = keysAt(schema.config, path);
  const nearest = suggest(key, [...known, ...spellings]);
  return {
    code: 'TM1203',
    severity: 'error',
    message: `unknown key \`${key}\` for ${owner}`,
    span: keySpanAt(node, [...path, key]) ?? place,
    ...(nearest === undefined
      ? { help: `the keys are ${known.join(', ') || 'none'}` }
      : { suggestion: `did you mean \`${nearest}\`?` }),
  };
};

const dotted = (path: Path): string =>
  path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${String(segment)}`))
    .join('')
    .replace(/^\./, '');

/** The key of the map that lacks something, or the place of the config itself. */
const ownerSpan = (path: Path, { node, place }: WrittenConfig): Span => keySpanAt(node, path.slice(0, -1)) ?? place;

/** The part of a config at a path. */
export const nodeAt = (node: Node, path: Path): Node | undefined => {
  let reached: Node | undefined = node;
  for (const segment of path) {
    if (reached?.kind === 'map') reached = reached.entries.find(({ key }) => key === String(segment))?.value;
    else if (reached?.kind === 'list') reached = reached.items[Number(segment)];
    else return undefined;
  }
  return reached;
};

const keySpanAt = (node: Node, path: Path): Span | undefined => {
  const owner = nodeAt(node, path.slice(0, -1));
  if (owner?.kind === 'map') return owner.entries.find(({ key }) => key === String(path.at(-1)))?.keySpan;
  return nodeAt(node, path)?.span;
};

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  null: 'nothing',
};

/** zod's issue in words; a schema's own message is a sentence already. */
const sentence = (issue: Issue, value: Node): string => {
  if (!/^(Invalid|Too (small|big)|Unrecognized)\b/.test(issue.message)) return issue.message;
  const found = kindOf(value);
  switch (issue.code) {
    case 'invalid_type':
      return `${KINDS[issue.expected] ?? issue.expected} belongs here, not ${found}${oldBoolean(issue.expected, value)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), found, value);
    case 'too_small':
      return `${found} is too ${issue.origin === 'number' || issue.origin === 'int' ? 'small' : 'short'}: at least ${issue.minimum}${issue.inclusive === false ? ' excluded' : ''}`;
    case 'too_big':
      return `${found} is too ${issue.origin === 'number' || issue.origin === 'int' ? 'large' : 'long'}: at most ${issue.maximum}`;
    case 'invalid_format':
      return `${found} does not have the form of ${issue.format === 'regex' ? issue.pattern : issue.format}`;
    case 'invalid_union':
      return unionSentence(issue, found, value);
    case 'not_multiple_of':
      return `${found} is not a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
};

// YAML 1.2 knows only true and false; people still write the words of 1.1.
const oldBoolean = (expected: string, value: Node): string => {
  const word = expected === 'boolean' && value.kind === 'scalar' ? value.text.value.toLowerCase() : '';
  if (word === 'yes' || word === 'on') return '; write true';
  return word === 'no' || word === 'off' ? '; write false' : '';
};

const oneOf = (values: readonly string[], found: string, value: Node): string => {
  const nearest = value.kind === 'scalar' ? suggest(value.text.value, values) : undefined;
  return `${found} is not one of ${values.join(', ')}${nearest === undefined ? '' : `; did you mean \`${nearest}\`?`}`;
};

const unionSentence = (issue: z.core.$ZodIssueInvalidUnion, found: string, value: Node): string => {
  if ('options' in issue && Array.isArray(issue.options)) return oneOf(issue.options.map(String), found, value);
  const wanted = issue.errors.flatMap((branch) => branch.slice(0, 1).map((inner) => wantedKind(inner)));
  return `${[...new Set(wanted)].join(' or ')} belongs here, not ${found}`;
};

const wantedKind = (issue: Issue): string => {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value') return issue.values.map((value) => `\`${String(value)}\``).join(' or ');
  return issue.message;
};
