import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { describeWith } from '../../../../tools/testing/real.ts';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { allRoutes } from '../create-api.ts';
import { buildGraphSchema } from './build-schema.ts';
import { DEFINITION, type Filled, fill, MARK, SECRET, TEST_ENVIRONMENT } from './graphql.fixture.ts';
import { camel } from './names.ts';

// Every root field of the schema, asked as a stranger would. A new field is in the schema, so it is covered on the day it appears.

const SLOW_MS = 90_000;
type Field = GraphQLField<unknown, unknown>;

interface Root {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly field: Field;
}

const fieldsOf = (type: GraphQLNamedType | null | undefined): readonly Field[] =>
  isObjectType(type) ? Object.values(type.getFields()) : [];

const rootsOf = (schema: GraphQLSchema): readonly Root[] => [
  ...fieldsOf(schema.getQueryType()).map((field) => ({ kind: 'query' as const, field })),
  ...fieldsOf(schema.getMutationType()).map((field) => ({ kind: 'mutation' as const, field })),
  ...fieldsOf(schema.getSubscriptionType()).map((field) => ({ kind: 'subscription' as const, field })),
];

/** What belongs to a thing itself, two levels deep. */
const selection = (type: GraphQLNamedType, depth = 2): string => {
  const parts = fieldsOf(type).flatMap((field) => {
    const inner = getNamedType(field.type);
    if (field.args.some(isRequiredArgument) || field.extensions['permission'] !== undefined) return [];
    if (isLeafType(inner)) return [field.name];
    return depth === 0 ? [] : [`${field.name} ${selection(inner, depth - 1)}`];
  });
  return parts.length === 0 ? '' : `{ ${parts.join(' ')} }`;
};

const INPUTS: Readonly<Record<string, object>> = {
  requestRun: { definition: DEFINITION },
  createTestEnvironment: TEST_ENVIRONMENT,
};

/** Whose id a field takes that bears no name of its own. */
const KINDS: Readonly<Record<string, keyof Filled>> = {
  testEnvironmentEvents: 'testEnvironment',
  destroyTestEnvironment: 'testEnvironment',
  datasetRuns: 'dataset',
};

const literal = (input: object): string =>
  `{ ${Object.entries(input)
    .map(([name, value]) => `${camel(name)}: ${JSON.stringify(value)}`)
    .join(', ')} }`;

const argumentsOf = ({ name: field, args }: Field, ids: Readonly<Record<string, string>>): string => {
  const given = args.filter(isRequiredArgument).map(({ name }) => {
    if (name === 'id') return `id: ${JSON.stringify(ids[KINDS[field] ?? field] ?? ids['run'])}`;
    const input = INPUTS[field];
    if (name === 'input' && input !== undefined) return `input: ${literal(input)}`;
    throw new Error(`this test does not know what to give ${field} as ${name}`);
  });
  return given.length === 0 ? '' : `(${given.join(', ')})`;
};

describeWith('postgres', 'the root fields of GraphQL', (address) => {
  let world: TestConfiguration;
  let ours: string;
  let theirs: string;
  let ids: Filled;
  let roots: readonly Root[];
  beforeAll(async () => {
    world = await startConfiguration(address);
    ours = await world.workspace('one');
    theirs = await world.workspace('two');
    ids = await fill(world, ours);
    roots = rootsOf(buildGraphSchema(allRoutes(world.api.deps), world.api.deps));
  }, SLOW_MS);
  afterAll(() => world.close(), SLOW_MS);

  const answerTo = async ({ kind, field }: Root, headers: Record<string, string>): Promise<string> => {
    const accept = kind === 'subscription' ? { accept: 'text/event-stream' } : {};
    const query = `${kind} { ${field.name}${argumentsOf(field, ids)} ${selection(getNamedType(field.type))} }`;
    const asked = { method: 'POST' as const, url: '/api/v1/graphql', payload: { query } };
    return (await world.api.app.inject({ ...asked, headers: { ...headers, ...accept } })).body;
  };

  test(
    'show nothing of a workspace to the key of another',
    async () => {
      expect(roots.length).toBeGreaterThan(20);
      const stranger = await world.headersOf(theirs);
      // Who makes something of his own gives it its name himself.
      for (const root of roots.filter(({ field }) => INPUTS[field.name] === undefined)) {
        const text = await answerTo(root, stranger);
        const shown = [MARK, ours].filter((part) => text.includes(part));
        expect([root.field.name, shown]).toEqual([root.field.name, []]);
        if (root.field.args.some(isRequiredArgument)) expect(text).toContain('"code":"not-found"');
      }
    },
    SLOW_MS,
  );

  test(
    'show it to whom it belongs, secrets excepted',
    async () => {
      const own = await world.headersOf(ours);
      const empty: string[] = [];
      for (const root of roots.filter(({ kind }) => kind === 'query')) {
        const text = await answerTo(root, own);
        if (!text.includes(MARK) && !text.includes(ours)) empty.push(root.field.name);
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain('"errors":[');
      }
      // Nobody is a member here, no dataset was run, and points of time bear no names.
      expect(empty.sort()).toEqual(['datasetRuns', 'members', 'trend']);
    },
    SLOW_MS,
  );

  test('take a boolean where a query of REST takes its word', async () => {
    const payload = { query: '{ notifications(unread: true) { total } all: notifications { total } }' };
    const asked = { method: 'POST' as const, url: '/api/v1/graphql', payload };
    const answer = await world.api.app.inject({ ...asked, headers: await world.headersOf(ours) });
    expect(answer.json()).toEqual({ data: { notifications: { total: 1 }, all: { total: 1 } } });
  });

  test(
    'ask for the permissions of their routes',
    async () => {
      for (const root of roots) {
        const permission = root.field.extensions['permission'] as Permission;
        if (permission === 'workspace:view') continue;
        const lacking = PERMISSIONS.filter((name) => name !== permission);
        const text = await answerTo(root, await world.headersOf(ours, lacking));
        expect([root.field.name, text]).toEqual([root.field.name, expect.stringContaining('"code":"forbidden"')]);
      }
    },
    SLOW_MS,
  );
});
