// JSON Schema by ajv: draft 2020-12 unless `$schema` says draft-07. Invariants:
// S1. `pattern` runs on a linear-time engine.
// S2. A schema that cannot be used is a finding of its own kind, never an exception.
// S3. A number that keeps its digits is a number to the schema, compared as the nearest double.
import { canonicalJson, ExactNumber, type Value, type ValueMap } from '@testmesh/domain';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { RE2JS } from 're2js';

export interface Finding {
  /** Where in the value, `items[0].price`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
  /** Set when it is the schema that is at fault, not the value. */
  readonly ofSchema?: true;
}

const linearPattern = Object.assign(
  (source: string) => {
    const compiled = RE2JS.compile(source);
    // ajv shares patterns whose texts are the same.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => source };
  },
  { code: 'linearPattern' },
);

// Unknown words are the language's to refuse: it knows their places, and that `x-…` is for remarks.
const OPTIONS: Options = { allErrors: true, strict: false, logger: false, code: { regExp: linearPattern } };
const MAX_COMPILED = 200;

const validatorOf = (): ((schema: ValueMap | boolean) => ValidateFunction) => {
  const drafts = { draft07: undefined as Ajv | undefined, draft2020: undefined as Ajv | undefined };
  const ajvFor = (schema: ValueMap | boolean): Ajv => {
    if (isDraft07(schema)) {
      drafts.draft07 ??= formats.default(new Ajv(OPTIONS));
      return drafts.draft07;
    }
    drafts.draft2020 ??= formats.default(new Ajv2020(OPTIONS));
    return drafts.draft2020;
  };
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    const key = canonicalJson(schema);
    const known = compiled.get(key);
    if (known) return known;
    const ajv = ajvFor(schema);
    const validate = ajv.compile(schema);
    // Two schemas may carry one `$id`; each is checked on its own.
    ajv.removeSchema(schema);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(key, validate);
    return validate;
  };
};

const isDraft07 = (schema: ValueMap | boolean): boolean =>
  typeof schema === 'object' && typeof schema['$schema'] === 'string' && schema['$schema'].includes('draft-07');

const compile = validatorOf();

/** Checks a value against a JSON Schema; no findings means that it fits. */
export const schemaCheck = (schema: Value, value: Value): readonly Finding[] => {
  const plain = withDoubles(schema);
  if (typeof plain !== 'boolean' && !isMap(plain)) return [unusable('a JSON Schema is an object or a boolean')];
  try {
    const validate = compile(plain);
    if (validate(withDoubles(value))) return [];
    return (validate.errors ?? []).map(finding);
  } catch (error) {
    return [unusable(error instanceof Error ? error.message : String(error))];
  }
};

const unusable = (reason: string): Finding => ({
  path: '',
  message: `the schema cannot be used: ${reason}`,
  ofSchema: true,
});

const finding = ({ instancePath, message = 'does not fit', params, keyword }: ErrorObject): Finding => ({
  path: pathText(instancePath),
  message: `${message}${detail(keyword, params)}`,
});

const detail = (keyword: string, params: Record<string, unknown>): string => {
  if (keyword === 'additionalProperties') return `: ${String(params['additionalProperty'])}`;
  if (keyword === 'enum') return `: ${JSON.stringify(params['allowedValues'])}`;
  if (keyword === 'const') return `: ${JSON.stringify(params['allowedValue'])}`;
  return '';
};

/** A JSON Pointer as a person writes the path. */
const pathText = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`), '');

const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const withDoubles = (value: Value): Value => {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(withDoubles);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withDoubles(item)]));
};
