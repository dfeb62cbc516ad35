import { expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import type { Value } from '@testmesh/domain';
import { type Environment, readEnvironment } from '@testmesh/flow';
import { environmentText, type OpenEnvironment } from '@testmesh/store-postgres';
import fc from 'fast-check';

const environment = (over: Partial<OpenEnvironment>): OpenEnvironment => ({
  id: 'e',
  workspace: 'w',
  name: 'staging',
  description: '',
  color: '#F59E0B',
  isDefault: false,
  protected: false,
  variables: [],
  routing: {},
  ...over,
});
const read = async (over: Partial<OpenEnvironment>): Promise<Environment> => {
  const { environment: found, diagnostics } = await readEnvironment(
    environmentText(environment(over)),
    'other',
    catalogue,
  );
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (found === undefined) throw new Error('the text is no environment');
  return found;
};
const variable = (value: Value, over: object = {}) => ({
  key: 'A',
  description: '',
  secret: false,
  enabled: true,
  value,
  ...over,
});
const variableIn = ({ variables }: Environment) => {
  const template = variables[0]?.template;
  return template?.kind === 'constant' ? template.value : template?.kind;
};

test('the CLI reads what the store wrote: name, protection, marks and routing', async () => {
  const found = await read({
    protected: true,
    variables: [variable('long-enough-secret', { secret: true }), variable('x', { key: 'OFF', enabled: false })],
    routing: {
      services: { postgres: 'postgres://app@myserver:${DB_PASS}@myserver.postgres.database.azure.com:5432/app' },
      headers: { 'X-Test-DB': 'a' },
      overrides: { database_query: { connection_string: '${service.postgres}' } },
    },
  });
  expect(found).toMatchObject({ name: 'staging', file: 'environments/staging.yaml', protected: true });
  expect(found.variables.map(({ name, secret }) => [name, secret])).toEqual([['A', true]]);
  expect(found.services.map(({ name }) => name)).toEqual(['postgres']);
  expect([...found.overrides.keys()]).toEqual(['database_query']);
  expect(found.headers).toBeDefined();
  expect([...found.mentions].sort()).toEqual(['DB_PASS', 'service.postgres']);
});

test.each([
  5,
  -1.5,
  true,
  null,
  '5',
  'true',
  'null',
  '',
  'a: b # c',
  '- x',
  'two\nlines\ttabbed',
  '"quoted" \\ and \'single\'',
  '2030-01-01',
  '~',
  '&a *b !c @d `e`',
  '\u2028\u0085ü€😀',
  'a\u007fb',
  '\ufffd',
  '\ufffe\uffff\ufeff',
])('the variable %j keeps its value and its type', async (value) => {
  expect(variableIn(await read({ variables: [variable(value)] }))).toBe(value);
});

test('whatever text a variable holds, it is read back as it was', () =>
  fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }).filter((text) => !/[$\\]|\{\{/.test(text)),
      async (text) => {
        expect(variableIn(await read({ variables: [variable(text)] }))).toBe(text);
      },
    ),
    { numRuns: 200 },
  ));
