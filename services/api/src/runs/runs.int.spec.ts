import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunInputs, runInputs } from '@testmesh/contracts';
import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import { eventId } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { failed, PING, started, stepFailed, stepStarted } from '../testing/flows.ts';

describeWith('postgres', 'runs over PostgreSQL', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  let url: string;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    await world.api.app.listen(0, '127.0.0.1');
    url = await world.api.app.getUrl();
  }, 30_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const post = (path: string, payload: object, more: Record<string, string> = {}) =>
    world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers: { ...headers, ...more }, payload });
  const get = async (path: string) => (await world.api.ask({ url: `/api/v1${path}`, headers })).json();

  const carriedOut = async (runId: string, ...events: readonly RunEvent[]): Promise<void> => {
    const { queue, journal } = world.storage;
    const [claimed] = await queue.claim({ executor: 'e1', pools: ['default'], slots: 1, leaseMs: 30_000 });
    expect(claimed?.runId).toBe(runId);
    const { ver = 0, epoch = 0 } = claimed ?? {};
    const stream = `run-${runId}`;
    const batch = events.map((event, at) => ({
      id: eventId(stream, epoch, at + 1),
      stream,
      type: event.type,
      sv: runEventVersion(event.type),
      workspace,
      epoch,
      actor: 'e1',
      time: Date.now() * 1000,
      data: dataOf(event),
    }));
    expect(await journal.append(stream, ver, epoch, batch)).toMatchObject({ outcome: 'applied' });
  };

  test('a run against an environment of the workspace gets its secrets apart, and is followed to its end', async () => {
    const variables = [{ key: 'AUTH_TOKEN', value: 'stg-token-abc', is_secret: true, enabled: true }];
    const environment = { name: 'staging', variables, routing: { services: { 'user-api': 'http://127.0.0.1:9' } } };
    expect((await post('/environments', environment)).statusCode).toBe(201);
    const created = await post('/executions', { definition: PING, environment: 'staging' });
    expect(created.statusCode).toBe(201);
    const { id } = created.json();
    const kept: RunInputs = runInputs.parse(JSON.parse((await world.storage.runSecrets.of(id)).get('inputs') ?? ''));
    expect(kept.environment?.text).toContain('stg-token-abc');

    const stream = fetch(`${url}/api/v1/executions/${id}/stream`, { headers }).then((response) => response.text());
    await carriedOut(id, started, stepStarted, stepFailed, failed);
    const ids = [...(await stream).matchAll(/^id: (\d+)$/gm)].map(([, ver]) => Number(ver));
    expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await get(`/executions/${id}`)).toMatchObject({ status: 'failed', executor: 'e1', environment: 'staging' });
    expect((await get(`/executions/${id}/events`)).events.map(({ type }: { type: string }) => type)).toContain(
      'RunClaimed',
    );
    expect(JSON.stringify(await get(`/executions/${id}/events`))).not.toContain('stg-token-abc');
    expect(await get(`/executions/${id}/audit`)).toEqual({ outcome: 'missing', events: 6 });
  });

  test('requests that are sent at once under one key are one run', async () => {
    const send = () => post('/executions', { definition: PING }, { 'idempotency-key': 'once' });
    const answers = await Promise.all([send(), send(), send(), send()]);
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
    const [run] = answers;
    await world.storage.queue.cancel(run?.json().id, 'test');
  });
});
