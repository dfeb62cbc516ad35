import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { PERMISSIONS } from '../access/permissions.ts';
import { allRoutes } from '../create-api.ts';
import { openDoors } from '../testing/isolation.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

const SLOW_MS = 60_000;
const FLOW = { name: 'f', description: '', suite: '', tags: [], file: 'f.yaml', text: '', definition: {}, files: {} };

const RULE = {
  name: 'r',
  provider: 'github',
  repository: 'acme/shop',
  branches: ['*'],
  events: ['push'],
  suiteId: null,
  environmentId: null,
  variables: {},
  enabled: true,
} as const;

describeWith('postgres', 'the routes of configuration', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  beforeAll(async () => {
    // Ten seconds go by with each look at the clock: whoever tries keys that are none is not slowed down.
    let now = systemClock.now();
    world = await startConfiguration(address, { ...systemClock, now: () => (now += 10_000) });
    workspace = await world.workspace('one');
  }, SLOW_MS);
  afterAll(() => world.close());

  /** One row of each kind in the workspace, by the first part of its path. */
  const rows = async (): Promise<ReadonlyMap<string, string>> => {
    const caller = { workspace, actor: 'test' };
    const { flows, environments, suites, members, apiKeys, siteAgents, gitTriggerRules } = world.storage;
    const idOf = <Row>(made: { readonly ok: true; readonly value: Row } | { readonly ok: false }): Row => {
      if (!made.ok) throw new Error('a row was refused');
      return made.value;
    };
    const variables = {
      description: '',
      color: '#000000',
      isDefault: false,
      protected: false,
      variables: [],
      routing: {},
    };
    const flow = idOf(await flows.create(caller, FLOW)).id;
    return new Map([
      ['flows', flow],
      ['git-trigger-rules', idOf(await gitTriggerRules.create(caller, { ...RULE, flowId: flow }, 'a-secret')).id],
      ['environments', idOf(await environments.create(caller, { name: 'e', ...variables })).id],
      ['suites', idOf(await suites.create(caller, { name: 's', description: '', tags: [], parts: [] })).id],
      ['members', idOf(await members.add(caller, { email: 'm@example.com', name: '', role: 'viewer' })).userId],
      ['api-keys', idOf(await apiKeys.create(caller, { name: 'k', permissions: [] })).key.id],
      ['agents', idOf(await siteAgents.create(caller, { name: 'a', pools: ['a'] })).agent.id],
    ]);
  };

  test(
    'turn away whoever has no key, one that permits nothing, or one of another workspace',
    async () => {
      const ids = await rows();
      const keyOf = async (id: string, permissions?: readonly []) =>
        String((await world.headersOf(id, permissions))['authorization']).slice('Bearer '.length);
      const idFor = (path: string, parameter: string): string => {
        if (parameter === 'slug') return 'one';
        if (parameter === 'version') return '1';
        if (parameter === 'kind') return 'flow';
        return (
          ids.get(path.replace(/^\/api\/v1(?:\/workspaces\/:workspace_id)?\//, '').split('/')[0] ?? '') ?? workspace
        );
      };
      const doors = await openDoors({
        app: world.api.app,
        routes: world.api.deps.routes ?? [],
        strangersKey: await keyOf(await world.workspace('two')),
        powerlessKey: await keyOf(workspace, []),
        workspace,
        idFor,
      });
      expect(doors).toEqual([]);
      expect(await world.storage.flows.byId(workspace, ids.get('flows') ?? '')).toMatchObject({ version: 1 });
    },
    SLOW_MS,
  );

  test('ask for every permission that a key can have', () => {
    const asked = new Set(
      allRoutes(world.api.deps).map((route) => (route.area === 'workspace' ? route.permission : '')),
    );
    expect(PERMISSIONS.filter((permission) => !asked.has(permission))).toEqual([]);
  });
});
