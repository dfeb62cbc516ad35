import { describe, expect, test } from '@jest/globals';
import type { RunEvent, ValueMap } from '@testmesh/domain';
import type { Environment } from '@testmesh/flow';
import { constantTemplate } from '@testmesh/flow';
import { fakeAction, flow, ok, stepOf, templateOf } from '@testmesh/testing';
import type { EnterEnvironment, EnteredEnvironment, Entering, EnvironmentWish } from './ports.ts';
import { run, untilAborted } from './run.fixture.ts';

const ROUTES = { orders: 'http://orders.review:80', users: 'http://users.staging:80' };

const review: EnteredEnvironment = {
  ...{ id: 'e1', name: 'PR-1 Review', context: 'pr-1', namespace: 'review-pr-1', epoch: 3, reused: true, waitedMs: 4 },
  ...{ deployed: ['orders'], routes: ROUTES, headers: {}, lost: new AbortController().signal },
};

const gives =
  (over: Partial<EnteredEnvironment> = {}, seen: EnvironmentWish[] = []): EnterEnvironment =>
  async (wish) => {
    seen.push(wish);
    return { outcome: 'entered', environment: { ...review, ...over } };
  };

const refuses =
  (entering: Entering): EnterEnvironment =>
  async () =>
    entering;

const asking = (wanted: ValueMap, url = '${service.orders}/health') => ({
  ...flow({ steps: [stepOf.action('look', { config: { url }, assert: ['url != ""'] })] }),
  testEnvironment: {
    wanted: templateOf(wanted),
    span: { file: 'a.yaml', line: 2, column: 3, endLine: 2, endColumn: 9 },
  },
});

const echo = fakeAction((config) => ok(config));
const entered = (events: readonly RunEvent[]) => events.find(({ type }) => type === 'EnvironmentEntered');

const staging: Environment = {
  ...{ name: 'staging', file: 'environments/staging.yaml', text: '', variables: [], overrides: new Map() },
  services: ['orders', 'mail'].map((name) => ({
    name,
    template: constantTemplate(`http://${name}.staging`),
    span: { file: 'environments/staging.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 },
  })),
  ...{ headers: undefined, protected: false, mentions: new Set<string>() },
};

describe('E130: a run in a test environment', () => {
  test('reaches its services there, and says before its first step which one is where', async () => {
    const ran = await run(asking({ context: 'pr-1' }), { actions: { do: echo }, ports: { enterEnvironment: gives() } });
    expect(ran.step('look').output).toMatchObject({ url: 'http://orders.review:80/health' });
    expect(ran.events.map(({ type }) => type).slice(0, 4)).toEqual([
      ...['RunRequested', 'RunStarted', 'EnvironmentEntered', 'StepStarted'],
    ]);
    expect(entered(ran.events)).toMatchObject({
      ...{ environment: 'e1', context: 'pr-1', namespace: 'review-pr-1', epoch: 3, reused: true },
      routes: [
        { service: 'orders', url: 'http://orders.review:80', where: 'namespace' },
        { service: 'users', url: 'http://users.staging:80', where: 'base' },
      ],
    });
  });

  test('reaches the others where the named environment says', async () => {
    const ran = await run(asking({ context: 'pr-1' }, '${service.mail}/x'), {
      ...{ actions: { do: echo }, input: { environment: staging }, ports: { enterEnvironment: gives() } },
    });
    expect(ran.step('look').output).toMatchObject({ url: 'http://mail.staging/x' });
    expect(entered(ran.events)).toMatchObject({
      routes: [{ service: 'orders' }, { service: 'mail', where: 'base' }, { service: 'users' }],
    });
  });

  test('asks with names of its own filled in, and with what the request says over them', async () => {
    const seen: EnvironmentWish[] = [];
    await run(asking({ context: '${PR}', ttl_minutes: 60, namespace: 'review-${PR}' }), {
      input: { variables: new Map([['PR', 'pr-1']]), testEnvironment: { ttl_minutes: 30 } },
      ports: { enterEnvironment: gives({}, seen) },
    });
    expect(seen[0]?.wanted).toEqual({ context: 'pr-1', ttl_minutes: 30, namespace: 'review-pr-1' });
    expect(seen[0]?.had).toBeUndefined();
  });

  test('sends nothing when a service is reached nowhere, and says which are', async () => {
    const ran = await run(asking({ context: 'pr-1' }, '${service.order}/x'), { ports: { enterEnvironment: gives() } });
    expect(ran.outcome).toMatchObject({ verdict: 'error', error: { code: 'TM2003' } });
    expect(ran.outcome.reason).toContain('the environment pr-1 has no service `order`');
    expect(ran.outcome.error?.help).toContain('did you mean `orders`?');
    expect(ran.line).toEqual([]);
  });

  test('says what it waits for, each time that stands otherwise', async () => {
    const ran = await run(asking({ context: 'pr-1' }), {
      ports: {
        enterEnvironment: async ({ onWait }) => {
          onWait({ context: 'pr-1', environment: 'e1', status: 'provisioning' });
          return { outcome: 'entered', environment: { ...review, reused: false } };
        },
      },
    });
    expect(ran.events).toContainEqual({
      ...{ type: 'EnvironmentAwaited', context: 'pr-1', environment: 'e1', status: 'provisioning' },
    });
  });

  test('adds its routing headers to those of the named environment', async () => {
    const headers = constantTemplate({ 'X-Team': 'shop', 'X-Route': 'base' });
    const seen: unknown[] = [];
    const look = fakeAction((config, context) => {
      seen.push(context.routingHeaders);
      return ok(config);
    });
    await run(asking({ context: 'pr-1' }), {
      ...{ actions: { do: look }, input: { environment: { ...staging, headers } } },
      ports: { enterEnvironment: gives({ headers: { 'X-Route': 'pr-1' } }) },
    });
    expect(seen).toEqual([{ 'X-Team': 'shop', 'X-Route': 'pr-1' }]);
  });
});

describe('a run that does not get its environment sends nothing', () => {
  test('where nobody keeps any, and is told what to do', async () => {
    const ran = await run(asking({ context: 'pr-1' }));
    expect(ran.outcome).toMatchObject({ verdict: 'error', error: { code: 'TM5090' } });
    expect(ran.outcome.error?.help).toContain('--api');
    expect(ran.line).toEqual([]);
  });

  test('where it is refused', async () => {
    const error = { code: 'TM5091', message: 'the test environment pr-1 could not be provisioned: no such image' };
    const ran = await run(asking({ context: 'pr-1' }), {
      ports: { enterEnvironment: refuses({ outcome: 'refused', error }) },
    });
    expect(ran.outcome).toMatchObject({ verdict: 'error', error });
    expect(ran.line).toEqual([]);
  });

  test('where it is cancelled while it waits', async () => {
    const stop = new AbortController();
    const ran = await run(asking({ context: 'pr-1' }), {
      ports: {
        signal: stop.signal,
        enterEnvironment: ({ signal }) => {
          stop.abort('asked by ada');
          return untilAborted(signal) as never;
        },
      },
    });
    expect(ran.outcome).toMatchObject({ verdict: 'cancelled' });
    expect(ran.line).toEqual([]);
  });
});

test('E132: a run that loses its environment stops and is an error, with why; its teardown still happens', async () => {
  const lost = new AbortController();
  const wanted = asking({ context: 'pr-1' });
  const cut = fakeAction((_config, { signal }) => {
    lost.abort('the test environment was lost under the run: ada destroyed it');
    return untilAborted(signal);
  });
  const ran = await run(
    {
      ...wanted,
      steps: [stepOf.action('cut', { action: 'cut' })],
      teardown: [stepOf.action('clean')],
    },
    { actions: { cut }, ports: { enterEnvironment: gives({ lost: lost.signal }) } },
  );
  expect(ran.outcome).toMatchObject({ verdict: 'error', error: { code: 'TM5095' } });
  expect(ran.outcome.reason).toContain('ada destroyed it');
  expect(ran.line).toContain('teardown/clean: passed');
});

describe('E131: a run that goes on elsewhere', () => {
  const history = async (): Promise<readonly RunEvent[]> => {
    const { events } = await run(asking({ context: 'pr-1' }), { ports: { enterEnvironment: gives() } });
    return events.slice(
      0,
      events.findIndex(({ type }) => type === 'StepCompleted'),
    );
  };

  test('asks for the environment it had and does not tell again that it has it', async () => {
    const seen: EnvironmentWish[] = [];
    const ran = await run(asking({ context: 'pr-1' }), {
      input: { history: await history() },
      ports: { enterEnvironment: gives({}, seen) },
    });
    expect(seen[0]?.had).toEqual({ id: 'e1', epoch: 3 });
    expect(entered(ran.events)).toBeUndefined();
    expect(ran.outcome.verdict).toBe('passed');
  });

  test('ends as an error when that is gone, or begins anew where the flow says that it may', async () => {
    const gone = refuses({ outcome: 'gone', message: 'executor lost: it was given to another run' });
    const input = { history: await history() };
    const ran = await run(asking({ context: 'pr-1' }), { input, ports: { enterEnvironment: gone } });
    expect(ran.outcome).toMatchObject({ verdict: 'error', reason: expect.stringContaining('given to another run') });

    const again: EnterEnvironment = (wish) => (wish.had === undefined ? gives() : gone)(wish);
    const anew = await run(
      { ...asking({ context: 'pr-1' }), restartable: true },
      { input, ports: { enterEnvironment: again } },
    );
    expect(anew.events.map(({ type }) => type)).toContain('RunRestarted');
    expect(anew.outcome.verdict).toBe('passed');
  });
});
