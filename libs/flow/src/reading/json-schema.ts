import type { ActionSchema } from '@testmesh/contracts';
import * as z from 'zod';
import { CONTROL_FLOW, FLOW_KEYS, type Keys, type Shape, STEP_KEYS } from './keys.ts';

export type JsonSchemaDraft = '2020-12' | 'draft-07';
type Schema = Record<string, unknown>;

/** A JSON Schema of flow files for editors, from the same lists and zod schemas that the reader uses. */
export const flowJsonSchema = (schemas: readonly ActionSchema[], draft: JsonSchemaDraft): Schema => {
  const definitions = draft === '2020-12' ? '$defs' : 'definitions';
  const ref = (name: string): Schema => ({ $ref: `#/${definitions}/${name}` });
  const write = writer(ref);
  return {
    $schema:
      draft === '2020-12' ? 'https://json-schema.org/draft/2020-12/schema' : 'http://json-schema.org/draft-07/schema#',
    title: 'TestMesh flow',
    type: 'object',
    properties: { flow: ref('flow') },
    patternProperties: { '^x-': {} },
    required: ['flow'],
    additionalProperties: false,
    [definitions]: {
      flow: { ...write.keys(FLOW_KEYS), patternProperties: { '^x-': {} }, required: ['steps'] },
      step: stepSchema(schemas, write, draft),
      template: { type: 'string', pattern: String.raw`\$\{|\{\{` },
    },
  };
};

interface Writer {
  readonly keys: (keys: Keys) => Schema;
  readonly properties: (keys: Keys) => Schema;
  readonly ref: (name: string) => Schema;
}

const writer = (ref: (name: string) => Schema): Writer => {
  const shape = (of: Shape): Schema => fragment(of, self);
  const properties = (keys: Keys): Schema =>
    Object.fromEntries(
      Object.entries(keys).flatMap(([key, { shape: of, description, aliases = [] }]) => [
        [key, { description, ...shape(of) }],
        ...aliases.map((alias) => [alias, { description: `The same as \`${key}\`.`, ...shape(of) }]),
      ]),
    );
  const self: Writer = {
    ref,
    properties,
    keys: (keys) => ({ type: 'object', properties: properties(keys), additionalProperties: false }),
  };
  return self;
};

const text: Schema = { type: ['string', 'number', 'boolean'] };
const list = (items: Schema): Schema => ({ type: 'array', items });
const either = (...anyOf: Schema[]): Schema => ({ anyOf });

const DURATION = String.raw`^(\d+(\.\d+)?(ms|s|m|h))+$`;

const fragment = (shape: Shape, { keys, ref }: Writer): Schema => {
  switch (shape.kind) {
    case 'text':
      return text;
    case 'texts':
      return either(list(text), text);
    case 'boolean':
      return { type: 'boolean' };
    case 'duration':
      return either({ type: 'string', pattern: DURATION }, ref('template'));
    case 'count':
      return either({ type: 'integer', minimum: 0 }, ref('template'));
    case 'number':
      return either({ type: 'number' }, ref('template'));
    case 'share':
      return { type: 'number', minimum: 0, maximum: 1 };
    case 'condition':
      return { type: ['string', 'boolean'] };
    case 'any':
      return {};
    case 'list':
      return { type: 'array' };
    case 'values':
    case 'outputs':
      return { type: ['object', ...(shape.kind === 'outputs' ? ['array'] : ['string'])] };
    case 'steps':
      return list(ref('step'));
    case 'branches':
      return { type: ['array', 'object'] };
    case 'assertions':
      return either({ type: 'string' }, { type: 'array', items: { type: ['string', 'object'] }, minItems: 1 });
    case 'choice':
      return { type: 'string', enum: [...shape.of] };
    case 'keys':
      return keys(shape.of);
    case 'named':
      return either({ type: 'object', additionalProperties: either(keys(shape.of), { type: 'null' }) }, list(text));
    case 'oneOf':
      return either(...shape.of.map((part) => fragment(part, { keys, ref, properties: () => ({}) })));
  }
};

/** A step; which keys it has beyond everyone's, and what its `config` holds, depends on its action. */
const stepSchema = (schemas: readonly ActionSchema[], write: Writer, draft: JsonSchemaDraft): Schema => {
  const controls = Object.entries(CONTROL_FLOW);
  const names = [...schemas.flatMap(({ type, aliases }) => [type, ...aliases]), ...controls.map(([name]) => name)];
  const stepLevel = Object.assign({}, ...controls.map(([, { keys }]) => write.properties(keys))) as Schema;
  return {
    type: 'object',
    required: ['action'],
    properties: {
      ...stepLevel,
      ...write.properties(STEP_KEYS),
      action: { description: STEP_KEYS.action.description, type: 'string', enum: names },
    },
    additionalProperties: false,
    allOf: [
      ...schemas.map((schema) =>
        whenAction([schema.type, ...schema.aliases], configSchema(schema, write.ref('template'), draft)),
      ),
      ...controls.map(([name, { keys }]) => whenAction([name], write.keys(keys))),
    ],
  };
};

const whenAction = (names: readonly string[], config: Schema): Schema => ({
  if: { properties: { action: { enum: names } }, required: ['action'] },
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
  then: { properties: { config } },
});

const configSchema = (schema: ActionSchema, template: Schema, draft: JsonSchemaDraft): Schema => {
  const target = draft === '2020-12' ? 'draft-2020-12' : 'draft-7';
  const {
    $schema: _,
    required,
    properties = {},
    ...rest
  } = z.toJSONSchema(schema.config, {
    io: 'input',
    target,
    unrepresentable: 'any',
  }) as Schema & { required?: readonly string[]; properties?: Schema };
  const renamed = new Set(Object.values(schema.keyAliases));
  const aliases = Object.entries(schema.keyAliases).map(([alias, key]) => [
    alias,
    { ...(properties[key] as Schema), description: `The same as \`${key}\`.` },
  ]);
  // A key may be spelled otherwise or come from the environment; the reader knows, the editor must not insist.
  const insisted = required?.filter((key) => !renamed.has(key) && !schema.environmentKeys.includes(key)) ?? [];
  const all = { ...properties, ...Object.fromEntries(aliases) } as Schema;
  const templated = Object.entries(all).map(([key, value]) => [key, orTemplate(value as Schema, template)]);
  return {
    description: schema.summary,
    ...rest,
    properties: Object.fromEntries(templated),
    ...(insisted.length > 0 && { required: insisted }),
  };
};

/** Any typed value may be a template instead, also within lists and maps. */
const orTemplate = (schema: Schema, template: Schema): Schema => {
  const inner = withTemplatesInside(schema, template);
  const { description, ...bare } = inner;
  if (Object.keys(bare).length === 0 || (bare['type'] === 'string' && !('pattern' in bare) && !('enum' in bare)))
    return inner;
  return {
    ...(description !== undefined && { description }),
    anyOf: [bare, template],
  };
};

const withTemplatesInside = (schema: Schema, template: Schema): Schema => {
  const { properties, items, additionalProperties } = schema as {
    properties?: Schema;
    items?: unknown;
    additionalProperties?: unknown;
  };
  const isSchema = (value: unknown): value is Schema =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, orTemplate(value as Schema, template)]),
      ),
    }),
    ...(isSchema(items) && { items: orTemplate(items, template) }),
    ...(isSchema(additionalProperties) && { additionalProperties: orTemplate(additionalProperties, template) }),
  };
};
