import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { suiteDeps } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { PING } from '../testing/flows.ts';
import { type Gate, type GateDeps, passGate } from './gate.ts';

describeWith('postgres', 'a gate', (address) => {
  let world: TestConfiguration;
  let caller: { workspace: string; actor: string; permissions: ReadonlySet<never> };
  let flow: string;
  beforeAll(async () => {
    world = await startConfiguration(address);
    const workspace = await world.workspace('one');
    caller = { workspace, actor: 'key:test', permissions: new Set<never>() };
    const headers = await world.headersOf(workspace);
    flow = (await world.api.ask({ method: 'POST', url: '/api/v1/flows', headers, payload: { yaml: PING } })).json().id;
  }, 60_000);
  afterAll(() => world.close());

  const passing = (revision: string, over: Partial<GateDeps>) => {
    const { storage } = world;
    const suites = suiteDeps({ storage, wakeups: { wake: () => undefined }, clock: systemClock, catalogue });
    const deps = { ...storage, ...suites, clock: systemClock, ...over } as unknown as GateDeps;
    const asked = { environment: null, confirmedEnvironment: null };
    const gate: Gate = {
      kind: 'flow',
      target: flow,
      revision,
      asked,
      at: '',
      variables: {},
      pool: 'default',
      priority: 0,
    };
    const wait = { waitMs: 0, signal: new AbortController().signal };
    return { deps, pass: () => passGate(deps, caller as never, gate, wait) };
  };
  const runsOf = async () => {
    const sql = `select count(*)::int as n from journal.events where type = 'RunRequested'`;
    return (await world.storage.pool.query<{ n: number }>(sql)).rows[0]?.n;
  };

  test('whose run was queued before its reply was lost leads to that run, not to another one', async () => {
    const { deps } = passing('lost', {});
    let isLost = true;
    const { pass } = passing('lost', {
      run: async (...asked) => {
        const run = await deps.run(...asked);
        if (isLost) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return run;
      },
    });
    const before = (await runsOf()) ?? 0;
    await expect(pass()).rejects.toThrow('ECONNRESET');
    isLost = false;
    const [again, once] = [await pass(), await pass()];
    expect(once.runId).toBe(again.runId);
    expect(await runsOf()).toBe(before + 1);
  });

  test('that was refused is asked for anew', async () => {
    const { deps } = passing('refused', {});
    let isRefused = true;
    const { pass } = passing('refused', {
      run: async (...asked) => {
        if (isRefused) throw new Problem('cannot-be-done', 'the flow is not valid just now');
        return deps.run(...asked);
      },
    });
    await expect(pass()).rejects.toThrow('not valid just now');
    isRefused = false;
    expect(await pass()).toMatchObject({ verdict: 'running' });
  });
});
