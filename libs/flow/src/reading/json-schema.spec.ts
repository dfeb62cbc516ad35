import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { fixtures } from './catalogue.fixture.ts';
import { flowJsonSchema } from './json-schema.ts';

const folder = join(import.meta.dirname, '../../../../examples/seeds');
const seeds = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const drafts = [
  ['2020-12', new Ajv2020({ allErrors: true, strict: false })],
  ['draft-07', new Ajv({ allErrors: true, strict: false })],
] as const;

describe.each(drafts)('the JSON Schema of flows (%s)', (draft, ajv) => {
  const validate = ajv.compile(flowJsonSchema(fixtures, draft));
  const accepts = (yaml: string): boolean => validate(parse(yaml));
  const step = (lines: string) => `flow:\n  name: a\n  steps:\n${lines.replace(/^/gm, '    ')}`;

  test.each(seeds)('accepts %s', (name) => {
    validate(parse(readFileSync(join(folder, name), 'utf8')));
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each([
    [
      'other spellings',
      '- action: kafka_consume\n  config: { brokers: b, topic: t, max_messages: 2 }\n  save: { a: b }',
    ],
    [
      'templates at typed keys',
      '- action: http\n  timeout: "${T}"\n  config: { url: "${U}", verify_ssl: "${V}", headers: "{{H}}" }',
    ],
    ['keys that an environment supplies', '- action: database_query\n  config: { query: select 1 }'],
    [
      'control flow on the step',
      '- action: for_each\n  items: [1]\n  as: x\n  steps: [{ action: log, config: { message: a } }]',
    ],
    [
      'control flow in config',
      '- action: parallel\n  config: { branches: [{ steps: [{ action: log, config: { message: a } }] }] }',
    ],
    ['retry as a number', '- action: log\n  retry: 3\n  config: { message: a }'],
  ])('accepts %s', (_what, lines) => {
    expect([accepts(step(lines)), validate.errors]).toEqual([true, null]);
  });

  test.each([
    ['an unknown key of a flow', 'flow: { name: a, stepz: [], steps: [] }'],
    ['an unknown key of a step', step('- action: log\n  confg: {}')],
    ['an unknown key of a config', step('- action: http\n  config: { methid: GET, url: "http://a" }')],
    ['an unknown action', step('- action: logg')],
    ['a duration without a unit', step('- action: log\n  timeout: 30\n  config: { message: a }')],
    ['a value of the wrong kind', step('- action: http\n  config: { url: "http://a", verify_ssl: 5 }')],
    ['a missing key', step('- action: log\n  config: {}')],
  ])('refuses %s', (_what, yaml) => {
    expect(accepts(yaml)).toBe(false);
  });

  test('describes keys for the editor', () => {
    const text = JSON.stringify(flowJsonSchema(fixtures, draft));
    for (const words of ['What the step does.', 'The same as `output`.']) expect(text.includes(words)).toBe(true);
  });
});
