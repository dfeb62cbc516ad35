import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { type Filled, fill } from './graphql.fixture.ts';

// The first question of a server makes its schema and the checks of its answers.
jest.setTimeout(30_000);

// docs/graphql.md is tried as it is printed: every document of it is sent, and must be answered without an error.

const SLOW_MS = 90_000;
const guide = readFileSync(join(import.meta.dirname, '../../../../docs/graphql.md'), 'utf8');
const documents = [...guide.matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const nameOf = (text: string): string => /^\w+ \w+/.exec(text)?.[0] ?? text;

describeWith('postgres', 'the guide to GraphQL', (address) => {
  let world: TestConfiguration;
  let ours: string;
  let ids: Filled;
  beforeAll(async () => {
    world = await startConfiguration(address);
    ours = await world.workspace('one');
    ids = await fill(world, ours);
  }, SLOW_MS);
  afterAll(() => world.close(), SLOW_MS);

  test('prints a document of each kind', () => {
    const kinds = documents.map((text) => text.split(' ')[0]);
    expect(new Set(kinds)).toEqual(new Set(['query', 'mutation', 'subscription']));
  });

  test.each(documents.map((text) => [nameOf(text), text]))('%s is answered', async (_name, query) => {
    const known: Readonly<Record<string, string>> = { run: ids.run, other: ids.run, flow: ids.flow };
    const variables = Object.fromEntries(
      [...query.matchAll(/\$(\w+):/g)].map(([, name = '']) => [
        name,
        known[name] ?? `give ${name} a value in this test`,
      ]),
    );
    const accept = query.startsWith('subscription') ? 'text/event-stream' : 'application/json';
    const headers = { ...(await world.headersOf(ours)), accept };
    const payload = { query, variables };
    const response = await world.api.ask({ method: 'POST', url: '/api/v1/graphql', headers, payload });
    expect([response.statusCode, response.body]).toEqual([200, expect.stringContaining('"data":{')]);
    expect(response.body).not.toContain('"errors":[');
  });
});
