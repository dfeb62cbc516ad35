import { expect, test } from '@jest/globals';
import { type RunEvent, runEventVersion } from '@testmesh/domain';
import { fakeAction, ok } from '@testmesh/testing';
import { envelope, LEASE_MS, oneStep, Platform, sourceOf } from './executor.fixture.ts';
import { RunUnloadable } from './run-source.ts';

test('R1: a claimed run is carried to its end under its epoch, and told live', async () => {
  const platform = new Platform();
  await platform.request('a');
  const live: string[] = [];
  const onEvent = (_run: unknown, event: RunEvent) => void live.push(event.type);
  const { carry } = platform.carrier('e1', fakeAction(), { onEvent });
  const loop = platform.executor('e1', fakeAction(), { carry });
  loop.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await loop.drain(1000);
  const events = platform.journal.eventsOf('run-a').slice(2);
  expect(new Set(events.map(({ epoch }) => epoch))).toEqual(new Set([1]));
  expect(new Set(events.map(({ actor, workspace }) => `${actor} ${workspace}`))).toEqual(new Set(['e1 acme']));
  expect(platform.facts('a').at(-1)).toMatchObject({ verdict: 'passed' });
  expect(live).toContain('StepCompleted');
  expect(live.at(-1)).toBe('RunCompleted');
});

test('R2: a run that was taken away stops without teardown, and its next owner finishes it', async () => {
  const platform = new Platform();
  await platform.request('a');
  let calls = 0;
  const hangsOnce = fakeAction(async (_config, { signal }) => {
    calls += 1;
    if (calls > 1) return ok({ n: 1 });
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const deaf = platform.leases('e1', { heartbeat: () => Promise.reject(new Error('no route')) });
  const first = platform.executor('e1', hangsOnce, { leases: deaf });
  first.start();
  await platform.until(() => calls === 1);
  await first.drain(LEASE_MS * 2);
  expect(platform.types('a').at(-1)).toBe('StepStarted');
  await platform.clock.sleep(LEASE_MS);
  await platform.queue.reap({ maxAttempts: 3, limit: 10 });
  const second = platform.executor('e2', hangsOnce);
  second.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  expect(platform.facts('a').at(-1)).toMatchObject({ verdict: 'passed' });
  expect((platform.facts('a').at(-1) as { durationMs: number }).durationMs).toBeGreaterThan(LEASE_MS);
  await second.drain(1000);
});

test('R4: a run that cannot be gone on with says what it took since it began', async () => {
  const platform = new Platform();
  await platform.request('a');
  const first = platform.executor(
    'e1',
    fakeAction(() => new Promise(() => undefined)),
  );
  first.start();
  await platform.until(() => platform.types('a').at(-1) === 'StepStarted');
  await platform.clock.sleep(700);
  await first.drain(0);
  await platform.clock.sleep(LEASE_MS);
  await platform.queue.reap({ maxAttempts: 3, limit: 10 });
  const second = platform.executor('e2', { load: () => Promise.reject(new RunUnloadable('its bundle is gone')) });
  second.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await second.drain(1000);
  expect((platform.facts('a').at(-1) as { durationMs: number }).durationMs).toBeGreaterThan(700);
});

test('R4: a run that cannot be loaded ends as an error that says why', async () => {
  const platform = new Platform();
  await platform.request('a');
  const load = () => Promise.reject(new RunUnloadable('flows/test.yaml is not in its bundle'));
  const loop = platform.executor('e1', { load });
  loop.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await loop.drain(1000);
  expect(platform.facts('a').at(-1)).toMatchObject({
    verdict: 'error',
    reason: 'flows/test.yaml is not in its bundle',
  });
  expect(platform.types('a')).toHaveLength(3);
});

test('R4: a source that fails now and then is asked again; one that always fails ends the run', async () => {
  const platform = new Platform();
  await platform.request('a');
  let tries = 0;
  const { load } = sourceOf(oneStep);
  const flaky: typeof load = async (...given) => {
    tries += 1;
    if (tries < 3) throw new Error('connection reset');
    return load(...given);
  };
  const loop = platform.executor('e1', { load: flaky });
  loop.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  expect(platform.facts('a').at(-1)).toMatchObject({ verdict: 'passed' });
  await loop.drain(1000);
  await platform.request('b');
  const down = platform.executor('e2', { load: () => Promise.reject(new Error('connection reset')) });
  down.start();
  await platform.until(() => platform.types('b').at(-1) === 'RunCompleted');
  await down.drain(1000);
  expect(platform.facts('b').at(-1)).toMatchObject({
    verdict: 'error',
    reason: 'its inputs could not be loaded: connection reset',
  });
});

test('R7: a store that is down holds a run up, however long, and is no reason for its verdict', async () => {
  const platform = new Platform();
  await platform.request('a');
  const { load } = sourceOf(oneStep);
  const down = new Error('connection reset');
  let tries = 0;
  const flaky: typeof load = async (...given) => {
    tries += 1;
    if (tries < 10) throw down;
    return load(...given);
  };
  const isPassing = (error: unknown) => error === down;
  const { carry } = platform.carrier('e1', { load: flaky }, { isPassing });
  const loop = platform.executor('e1', { load: flaky }, { carry });
  loop.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await loop.drain(1000);
  expect(platform.facts('a').at(-1)).toMatchObject({ verdict: 'passed' });
});

test('R7: bodies, files and secrets wait for their store in the middle of a run, too', async () => {
  const platform = new Platform();
  await platform.request('a');
  const down = new Error('Connection terminated unexpectedly');
  let refusals = 0;
  const twice = <Asked extends unknown[], Result>(work: (...asked: Asked) => Promise<Result>) => {
    let calls = 0;
    return async (...asked: Asked): Promise<Result> => {
      calls += 1;
      if (calls > 2) return work(...asked);
      refusals += 1;
      throw down;
    };
  };
  const reads = fakeAction(async (_config, { readFile }) =>
    ok({ n: 1, text: String(await readFile('a.txt')).repeat(100_000) }),
  );
  const source = sourceOf(oneStep);
  const { carry } = platform.carrier('e1', reads, {
    isPassing: (error) => error === down,
    source: {
      load: async (...given) => {
        const loaded = await source.load(...given);
        const blobs = { put: twice(async () => 'f'.repeat(64)), get: async () => undefined };
        return { ...loaded, files: { ...loaded.files, readFile: twice(async () => Buffer.from('x')), blobs } };
      },
    },
  });
  const loop = platform.executor('e1', reads, { carry });
  loop.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await loop.drain(1000);
  expect(platform.facts('a').at(-1)).toMatchObject({ verdict: 'passed' });
  expect(refusals).toBe(4);
});

test('a request to cancel ends the run after its teardown, whoever sees it first', async () => {
  const platform = new Platform();
  await platform.request('a');
  const endless = fakeAction(
    (_config, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const loop = platform.executor('e1', endless);
  loop.start();
  await platform.until(() => platform.types('a').includes('StepStarted'));
  expect(await platform.queue.cancel('a', 'ann')).toBe('requested');
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  await loop.drain(1000);
  expect(platform.facts('a').at(-1)).toMatchObject({
    verdict: 'cancelled',
    reason: expect.stringContaining('asked by ann'),
  });
  expect(platform.types('a').filter((type) => type === 'RunCancelRequested')).toHaveLength(1);
});

test('R5: a run in which a newer version wrote is given back untouched', async () => {
  const platform = new Platform();
  const newer = runEventVersion('RunRequested') + 1;
  const event = envelope('a', { type: 'RunRequested', ...shapeOfTomorrow }, { sv: newer });
  await platform.queue.request([{ runId: 'a', workspace: 'acme', pool: 'default', priority: 0, exclusive: [], event }]);
  const loop = platform.executor('e1', fakeAction());
  loop.start();
  await platform.until(() => platform.types('a').includes('RunReleased'));
  await loop.drain(1000);
  const [, ...written] = platform.journal.eventsOf('run-a');
  expect(new Set(written.map(({ type }) => type))).toEqual(new Set(['RunClaimed', 'RunReleased']));
  expect(written.find(({ type }) => type === 'RunReleased')?.data['reason']).toBe(
    `RunRequested has version ${newer}, this version of TestMesh knows up to ${newer - 1}`,
  );
});

const shapeOfTomorrow = { flow: { name: 'a', file: 'a.yaml', hash: '' }, variables: {}, tags: [] };
