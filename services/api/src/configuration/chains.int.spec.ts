import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { configStream, scheduleStream, testEnvironmentStream } from '@testmesh/domain';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'what was recorded', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  const streams = { config: '', schedule: '', environment: '', run: '' };

  const ask = (method: 'GET' | 'POST', url: string, payload?: object, as = headers) =>
    world.api.ask({ method, url: `/api/v1${url}`, headers: as, ...(payload !== undefined && { payload }) });
  const made = async (url: string, payload: object): Promise<{ readonly id: string }> => {
    const answer = await ask('POST', url, payload);
    expect([answer.statusCode, answer.json().detail]).toEqual([201, undefined]);
    return answer.json();
  };
  const chains = async (as = headers) => {
    const answer = (await ask('GET', '/audit/chains', undefined, as)).json();
    expect(answer.next_cursor).toBeNull();
    return answer.streams as readonly { readonly stream: string; readonly events: number; readonly broken: unknown }[];
  };
  const auditOfRun = async () => (await ask('GET', `/executions/${streams.run.slice(4)}/audit`)).json();

  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    const flow = await made('/flows', {
      yaml: 'flow:\n  name: hello\n  steps:\n    - { action: log, config: { message: hi }, assert: [\'message == "hi"\'] }\n',
    });
    const schedule = await made('/schedules', { name: 'daily', flow_id: flow.id, cron: '@daily' });
    streams.schedule = scheduleStream(schedule.id);
    const fired = (at: number) => ({
      id: randomUUID(),
      stream: streams.schedule,
      ...{ type: 'ScheduleFired', sv: 1, workspace, epoch: 0, actor: 'scheduler', time: at },
      data: { firing: randomUUID(), slot: '2030-01-01T00:00:00.000Z' },
    });
    await world.storage.journal.append(streams.schedule, 0, 0, [fired(1), fired(2), fired(3)]);
    const environment = await made('/test-environments', {
      name: 'PR 1',
      ...{ context: 'pr-1', provider: 'argocd', provider_app_name: 'pr-1', namespace: 'review-pr-1' },
    });
    streams.environment = testEnvironmentStream(environment.id);
    streams.run = `run-${(await made('/executions', { flow_id: flow.id })).id}`;
    streams.config = configStream(workspace);
  });
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  test('is verified for every stream of the workspace, by who may see its audit, and for no other workspace', async () => {
    const found = await chains();
    const own = [streams.config, streams.schedule, streams.environment].sort();
    expect(found.map(({ stream }) => stream)).toEqual(own);
    expect(found.filter(({ broken, events }) => broken !== null || events === 0)).toEqual([]);
    const stranger = await world.headersOf(await world.workspace('two'));
    expect((await chains(stranger)).map(({ stream }) => stream).filter((stream) => own.includes(stream))).toEqual([]);
    const viewer = await world.headersOf(workspace, ['runs:view']);
    expect((await ask('GET', '/audit/chains', undefined, viewer)).statusCode).toBe(403);
    expect((await ask('GET', '/audit/chains?cursor=abc')).statusCode).toBe(400);
    expect(await auditOfRun()).toMatchObject({ outcome: 'open', events: 1 });
  });

  test.each(['config', 'schedule', 'environment', 'run'] as const)(
    'and then changed is named with its first wrong event: %s',
    async (kind) => {
      const stream = streams[kind];
      const body = `convert_to(replace(convert_from(body, 'UTF8'), '"actor":"', '"actor":"x'), 'UTF8')`;
      const change = await world.storage.pool.query(
        `update journal.events set body = ${body} where stream = $1 and ver = 1`,
        [stream],
      );
      expect(change.rowCount).toBe(1);
      const broken = { seq: 1, how: 'altered' };
      if (kind === 'run') expect(await auditOfRun()).toEqual({ outcome: 'broken', events: 0, broken });
      else expect((await chains()).find((found) => found.stream === stream)).toEqual({ stream, events: 0, broken });
    },
  );
});
