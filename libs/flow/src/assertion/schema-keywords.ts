/** What a keyword of JSON Schema holds. */
export type KeywordShape =
  | 'anything'
  | 'schema'
  | 'schema or list of schemas'
  | 'list of schemas'
  | 'map of schemas'
  | 'map of schemas or texts'
  | 'list'
  | 'texts'
  | 'map of texts'
  | 'count'
  | 'number'
  | 'boolean'
  | 'text'
  | 'pattern'
  | 'reference'
  | 'format'
  | 'dialect'
  | 'type';

const named = (shape: KeywordShape, words: string): Record<string, KeywordShape> =>
  Object.fromEntries(words.split(' ').map((word) => [word, shape]));

/** The keywords of draft 2020-12 and of draft-07, and the remarks that OpenAPI adds to them. */
export const KEYWORDS: ReadonlyMap<string, KeywordShape> = new Map(
  Object.entries({
    ...named('schema', 'additionalProperties propertyNames contains not if then else'),
    ...named('schema', 'unevaluatedItems unevaluatedProperties contentSchema additionalItems'),
    ...named('schema or list of schemas', 'items'),
    ...named('list of schemas', 'allOf anyOf oneOf prefixItems'),
    ...named('map of schemas', 'properties patternProperties dependentSchemas $defs definitions'),
    ...named('map of schemas or texts', 'dependencies'),
    ...named('list', 'enum'),
    ...named('texts', 'required'),
    ...named('map of texts', 'dependentRequired'),
    ...named('count', 'minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains'),
    ...named('number', 'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf'),
    ...named('boolean', 'uniqueItems readOnly writeOnly deprecated nullable'),
    ...named('text', '$id $anchor $dynamicAnchor $dynamicRef $comment title description'),
    ...named('text', 'contentEncoding contentMediaType'),
    ...named('pattern', 'pattern'),
    ...named('dialect', '$schema'),
    ...named('reference', '$ref'),
    ...named('format', 'format'),
    ...named('type', 'type'),
    ...named('anything', 'const default examples example discriminator externalDocs xml $vocabulary'),
  }),
);

export const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/** The formats that are checked; a format of another name is a remark, as JSON Schema has it. */
export const FORMATS: readonly string[] =
  'date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname ipv4 ipv6 regex uuid json-pointer json-pointer-uri-fragment relative-json-pointer byte int32 int64 float double password binary'.split(
    ' ',
  );

/** Values of `$schema` that are understood. */
export const DIALECTS: readonly string[] = [
  'https://json-schema.org/draft/2020-12/schema',
  'http://json-schema.org/draft-07/schema#',
];
