// What is wrong with a JSON Schema itself, whatever it is held against. Invariants:
// P1. A word that is no keyword is refused, for it would check nothing; `x-…` is for remarks of one's own.
// P2. What is not known yet (a template) is not judged.
import { ExactNumber, isNumber, type Value, type ValueMap } from '@testmesh/domain';
import { isList, isMap, pathText } from '../path/child.ts';
import { suggest } from '../source/suggest.ts';
import { DIALECTS, FORMATS, KEYWORDS, type KeywordShape, TYPES } from './schema-keywords.ts';

type SchemaPath = readonly (string | number)[];

export interface SchemaProblem {
  /** The place in the schema; its last part is the key at fault when `ofKey` is set. */
  readonly path: SchemaPath;
  readonly ofKey?: true;
  readonly message: string;
  readonly suggestion?: string;
}

export interface SchemaLinting {
  /** Whether a value is known only when the flow runs. */
  readonly isOpen?: (value: string) => boolean;
  /** Why a regular expression is none; without it patterns are not judged here. */
  readonly patternProblem?: (pattern: string) => string | undefined;
}

/** Everything that makes a schema unusable, or a part of it void. */
export const schemaProblems = (schema: Value, linting: SchemaLinting = {}): readonly SchemaProblem[] => {
  const lint = new Lint(schema, linting);
  lint.schema(schema, []);
  return lint.problems;
};

const judged = new WeakMap<object, string | undefined>();

/** Why a schema that is known by now cannot be used, in words; undefined when it can. */
export const unusableSchema = (schema: Value): string | undefined => {
  if (typeof schema !== 'object' || schema === null) return firstProblem(schema);
  if (!judged.has(schema)) judged.set(schema, firstProblem(schema));
  return judged.get(schema);
};

const firstProblem = (schema: Value): string | undefined => {
  const [problem] = schemaProblems(schema);
  if (problem === undefined) return undefined;
  const { path, ofKey, message, suggestion } = problem;
  const where = pathText(ofKey ? path.slice(0, -1) : path);
  const said = suggestion === undefined ? message : `${message}; ${suggestion}`;
  return `the schema cannot be used: ${where === '' ? '' : `at ${where}: `}${said}`;
};

class Lint {
  readonly problems: SchemaProblem[] = [];
  readonly #root: Value;
  readonly #isOpen: (value: string) => boolean;
  readonly #patternProblem: (pattern: string) => string | undefined;
  #ids: ReadonlySet<string> | undefined;

  constructor(root: Value, { isOpen = () => false, patternProblem = () => undefined }: SchemaLinting) {
    this.#root = root;
    this.#isOpen = isOpen;
    this.#patternProblem = patternProblem;
  }

  schema(schema: Value, path: SchemaPath): void {
    if (typeof schema === 'boolean' || this.#open(schema)) return;
    if (!isMap(schema)) {
      this.#refuse(path, `${shown(schema)} is no schema: a schema is a map, true or false`);
      return;
    }
    for (const [key, value] of Object.entries(schema)) this.#keyword(key, value, [...path, key]);
  }

  #keyword(key: string, value: Value, path: SchemaPath): void {
    const shape = KEYWORDS.get(key);
    if (shape !== undefined) {
      if (!this.#open(value)) this.#value(shape, key, value, path);
      return;
    }
    if (key.startsWith('x-') || this.#isOpen(key)) return;
    const nearest = suggest(key, KEYWORDS.keys());
    this.problems.push({
      path,
      ofKey: true,
      message: `\`${key}\` is no keyword of JSON Schema: it would check nothing`,
      ...(nearest !== undefined && { suggestion: `did you mean \`${nearest}\`?` }),
    });
  }

  #value(shape: KeywordShape, key: string, value: Value, path: SchemaPath): void {
    const { what, fits } = KINDS[shape];
    if (!fits(value)) this.#refuse(path, `\`${key}\` is ${what}, not ${shown(value)}`);
    else if (typeof value === 'string') this.#word(shape, value, path);
    else if (shape === 'type') this.#types(isList(value) ? value : [value], path);
    else if (isList(value) && shape.includes('schemas')) this.#each(value, path);
    else if (shape.startsWith('schema')) this.schema(value, path);
    else if (isMap(value) && shape === 'map of schemas') this.#schemas(key, value, path);
    else if (isMap(value) && shape.startsWith('map')) this.#dependencies(shape, value, path);
  }

  #word(shape: KeywordShape, value: string, path: SchemaPath): void {
    if (shape === 'type') this.#types([value], path);
    if (shape === 'pattern') this.#pattern(value, path);
    if (shape === 'reference') this.#reference(value, path);
    if (shape === 'dialect') this.#dialect(value, path);
    if (shape === 'format') this.#format(value, path);
    if (shape.startsWith('schema')) this.schema(value, path);
  }

  #format(value: string, path: SchemaPath): void {
    const nearest = FORMATS.includes(value) ? undefined : suggest(value, FORMATS);
    if (nearest !== undefined) this.#refuse(path, `\`${value}\` is no format that is checked`, nearest);
  }

  #types(names: readonly Value[], path: SchemaPath): void {
    const wrong = names.find((name) => !this.#open(name) && !TYPES.includes(name as string));
    if (wrong === undefined) return;
    const nearest = typeof wrong === 'string' ? suggest(wrong, TYPES) : undefined;
    this.#refuse(path, `\`type\` is one of ${TYPES.join(', ')}, not ${shown(wrong)}`, nearest);
  }

  #pattern(value: string, path: SchemaPath): void {
    const problem = this.#patternProblem(value);
    if (problem !== undefined) this.#refuse(path, `this regular expression is not accepted: ${problem}`);
  }

  #dialect(value: string, path: SchemaPath): void {
    if (DIALECTS.some((dialect) => dialect.replace('#', '') === value.replace(/#$/, ''))) return;
    this.#refuse(path, `\`$schema\` is one of ${DIALECTS.join(', ')}, not \`${value}\``);
  }

  #reference(value: string, path: SchemaPath): void {
    if (this.#resolves(value)) return;
    const message = value.startsWith('#')
      ? `there is nothing at \`${value}\` in this schema`
      : `\`${value}\` is elsewhere: references are followed only within the schema`;
    this.#refuse(path, message);
  }

  #resolves(reference: string): boolean {
    if (/^https?:\/\/json-schema\.org\//.test(reference)) return true;
    this.#ids ??= new Set(namesIn(this.#root));
    // Below an `$id` references are relative to it: whoever compiles the schema knows them.
    if (this.#ids.has('$id')) return true;
    if (!reference.startsWith('#')) return false;
    if (reference === '#' || !reference.startsWith('#/')) return reference === '#' || this.#ids.has(reference);
    return pointed(this.#root, reference) !== undefined;
  }

  #each(schemas: readonly Value[], path: SchemaPath): void {
    for (const [index, schema] of schemas.entries()) this.schema(schema, [...path, index]);
  }

  #schemas(key: string, schemas: ValueMap, path: SchemaPath): void {
    for (const [name, schema] of Object.entries(schemas)) {
      if (key === 'patternProperties' && !this.#isOpen(name)) this.#pattern(name, [...path, name]);
      this.schema(schema, [...path, name]);
    }
  }

  #dependencies(shape: KeywordShape, map: ValueMap, path: SchemaPath): void {
    for (const [name, value] of Object.entries(map)) {
      if (this.#open(value) || isTexts(value)) continue;
      if (shape === 'map of texts') this.#refuse([...path, name], `a list of names belongs here, not ${shown(value)}`);
      else this.schema(value, [...path, name]);
    }
  }

  #open(value: Value): boolean {
    return typeof value === 'string' && this.#isOpen(value);
  }

  #refuse(path: SchemaPath, message: string, nearest?: string): void {
    const suggestion = nearest === undefined ? {} : { suggestion: `did you mean \`${nearest}\`?` };
    this.problems.push({ path, message, ...suggestion });
  }
}

const isText = (value: Value): boolean => typeof value === 'string';
const isTexts = (value: Value): boolean => isList(value) && value.every(isText);
const isSome = (value: Value): boolean => isList(value) && value.length > 0;
const isCount = (value: Value): boolean =>
  value instanceof ExactNumber || (typeof value === 'number' && Number.isInteger(value) && value >= 0);

/** What belongs after a keyword of each shape; `schema` itself says what is wrong with one. */
const KINDS: Readonly<Record<KeywordShape, { what: string; fits: (value: Value) => boolean }>> = {
  anything: { what: 'any value', fits: () => true },
  schema: { what: 'a schema', fits: () => true },
  'schema or list of schemas': { what: 'a schema', fits: () => true },
  'list of schemas': { what: 'a list of schemas', fits: isSome },
  'map of schemas': { what: 'a map of schemas', fits: isMap },
  'map of schemas or texts': { what: 'a map of names', fits: isMap },
  'map of texts': { what: 'a map of names', fits: isMap },
  list: { what: 'a list of values', fits: isSome },
  texts: { what: 'a list of names', fits: isTexts },
  count: { what: 'a whole number of at least 0', fits: isCount },
  number: { what: 'a number', fits: isNumber },
  boolean: { what: 'true or false', fits: (value) => typeof value === 'boolean' },
  text: { what: 'a text', fits: isText },
  pattern: { what: 'a text', fits: isText },
  reference: { what: 'a text', fits: isText },
  format: { what: 'a text', fits: isText },
  dialect: { what: 'a text', fits: isText },
  type: { what: 'the name of a type', fits: (value) => isText(value) || isSome(value) },
};

/** `$id` when some part has one, and `#name` of each anchor. */
const namesIn = (value: Value): readonly string[] => {
  if (isList(value)) return value.flatMap(namesIn);
  if (!isMap(value)) return [];
  const own = [value['$anchor'], value['$dynamicAnchor']].flatMap((name) =>
    typeof name === 'string' ? [`#${name}`] : [],
  );
  return [...(typeof value['$id'] === 'string' ? ['$id'] : []), ...own, ...Object.values(value).flatMap(namesIn)];
};

const pointed = (root: Value, reference: string): Value | undefined => {
  let at: Value | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (isList(at)) at = at[Number(key)];
    else at = at !== undefined && isMap(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return at;
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

const shown = (value: Value): string => {
  if (isList(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null) return 'nothing';
  return isMap(value) ? 'a map' : `\`${value instanceof ExactNumber ? value.text : String(value)}\``;
};
