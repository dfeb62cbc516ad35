import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { moveOn, suiteDeps } from '@testmesh/commands';
import { systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { endRun, takeEnds } from '../testing/end-run.fixture.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

jest.setTimeout(60_000);

const HELLO = `flow:
  name: hello
  steps:
    - action: log
      config: { message: hi }
      assert: ['message == "hi"']
`;

describeWith('postgres', 'suites', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
  });
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const send = (method: 'POST' | 'PUT' | 'DELETE' | 'GET', url: string, payload?: object) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { 'if-match': '*', ...headers, ...(payload !== undefined && { 'content-type': 'application/json' }) },
      ...(payload !== undefined && { payload }),
    });
  const made = async (url: string, payload: object) => {
    const response = await send('POST', url, payload);
    expect([response.statusCode, response.json().detail]).toEqual([201, undefined]);
    return response.json();
  };
  const flow = async (name: string): Promise<string> =>
    (await made('/flows', { yaml: HELLO.replace('hello', name) })).id;
  const suite = async (name: string, ...flows: readonly string[]): Promise<string> =>
    (await made('/suites', { name, flows: flows.map((flow_id, order) => ({ flow_id, order })) })).id;

  test('a suite is never without flows: an empty one is refused, and a flow that suites name stays', async () => {
    const [kept, other] = [await flow('kept'), await flow('other')];
    expect((await send('POST', '/suites', { name: 'empty', flows: [] })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/flows', message: expect.stringContaining('at least one flow') }],
    });
    const id = await suite('names kept', kept, other);
    const refused = await send('DELETE', `/flows/${kept}`);
    expect([refused.statusCode, refused.json().detail]).toEqual([
      409,
      'suites name this flow: take it out of them, or delete them, first (names kept)',
    ]);
    expect((await send('PUT', `/suites/${id}`, { name: 'names kept', flows: [] })).statusCode).toBe(400);
    expect((await send('PUT', `/suites/${id}`, { name: 'names kept', flows: [{ flow_id: other }] })).statusCode).toBe(
      200,
    );
    expect((await send('DELETE', `/flows/${kept}`)).statusCode).toBe(204);
  });

  test('what is given under a name that is none is refused where it is told, not when nobody listens any more', async () => {
    const flow_id = await flow('strict');
    const suite_id = await suite('strict names', flow_id);
    const target = { suite_id, variables: { 'my var': 1 } };
    const rule = { ...target, provider: 'github', repository: 'acme/shop', name: 'strict' };
    for (const [url, payload] of [
      [`/suites/${suite_id}/run`, { variables: target.variables }],
      ['/schedules', { name: 'strict', cron: '0 0 * * *', ...target }],
      ['/gates/argo-rollouts', { ...target, revision: 'r1' }],
      ['/git-trigger-rules', rule],
    ] as const) {
      const { status, errors } = (await send('POST', url, payload)).json();
      expect({ url, status, pointers: errors.map(({ pointer }: { pointer: string }) => pointer) }).toEqual({
        url,
        status: 400,
        pointers: ['/variables/my var'],
      });
    }
  });

  test('a suite whose flows are gone has failed, and no gate lets a revision through by it', async () => {
    const [gone, lost] = [await flow('gone'), await flow('lost')];
    const [ofGone, empty] = [await suite('of gone', gone), await suite('emptied', lost)];
    // As rows of an older version were left.
    await world.storage.pool.query('update testmesh.flows set deleted_at = now() where id = $1', [gone]);
    await world.storage.pool.query('delete from testmesh.suite_flows where suite_id = $1', [empty]);
    expect((await send('POST', `/suites/${ofGone}/run`, {})).json()).toMatchObject({
      status: 'failed',
      total_flows: 1,
      failed_flows: 1,
      executions: [{ flow_id: gone, status: 'failed', error: 'its flow was deleted' }],
    });
    const run = await send('POST', `/suites/${empty}/run`, {});
    expect([run.statusCode, run.json()]).toMatchObject([202, { status: 'failed', error: 'the suite has no flows' }]);
    for (const [suite_id, why] of [
      [ofGone, 'its flow was deleted'],
      [empty, 'the suite has no flows'],
    ]) {
      expect((await send('POST', '/gates/argo-rollouts', { suite_id, revision: 'abc' })).json()).toMatchObject({
        verdict: 'failed',
        message: expect.stringContaining(why ?? ''),
      });
      const canary = { name: 'c', namespace: 'n', phase: 'Progressing', checksum: 'x', metadata: { suite_id } };
      const asked = { method: 'POST', url: '/api/v1/gates/flagger', headers, payload: canary } as const;
      expect((await world.api.app.inject(asked)).statusCode).toBe(409);
    }
  });

  describe('in a protected environment', () => {
    const refused = { status: 422, errors: [{ pointer: '/confirm_environment', message: 'send "live"' }] };
    let one: string;
    beforeAll(async () => {
      one = await flow('careful');
      await made('/environments', { name: 'live', protected: true });
    });

    test('a suite runs when it is confirmed, and its parts with it', async () => {
      const id = await suite('careful', one);
      const run = (body: object) => send('POST', `/suites/${id}/run`, body);
      for (const wrong of [{}, { confirm_environment: 'Live' }]) {
        expect((await run({ environment: 'live', ...wrong })).json()).toMatchObject(refused);
      }
      expect((await send('GET', `/suites/${id}/runs`)).json()).toMatchObject({ total: 0 });
      const started = await run({ environment: 'live', confirm_environment: 'live' });
      expect([started.statusCode, started.json()]).toMatchObject([
        202,
        { environment: 'live', executions: [{ status: 'pending', error: null }] },
      ]);
    });

    test('a flow runs once per row of a dataset when it is confirmed', async () => {
      const { id } = await made('/datasets', { name: 'careful', csv: 'a\n1\n' });
      const run = (body: object) => send('POST', `/datasets/${id}/run`, { flow_id: one, ...body });
      expect((await run({ environment: 'live' })).json()).toMatchObject(refused);
      const started = await run({ environment: 'live', confirm_environment: 'live' });
      expect([started.statusCode, started.json()]).toMatchObject([202, { environment: 'live', failed_rows: 0 }]);
    });

    test('a gate runs its flow or suite when it is confirmed', async () => {
      const id = await suite('gated', one);
      for (const target of [{ flow_id: one }, { suite_id: id }]) {
        const ask = (more: object) =>
          send('POST', '/gates/argo-rollouts', { ...target, revision: 'r', environment: 'live', wait: 0, ...more });
        expect((await ask({})).json()).toMatchObject(refused);
        const first = await ask({ confirm_environment: 'live' });
        expect([first.statusCode, first.json()]).toMatchObject([200, { verdict: 'running' }]);
        expect((await ask({ confirm_environment: 'live' })).json().run_id).toBe(first.json().run_id);
        const metadata = { ...target, environment: 'live' };
        const canary = { name: 'c', namespace: 'n', phase: 'Progressing', checksum: `x${target.flow_id}`, metadata };
        expect((await send('POST', '/gates/flagger', canary)).json()).toMatchObject({
          status: 422,
          errors: [{ pointer: '/metadata/confirm_environment' }],
        });
      }
    });

    test('a schedule runs by the confirmation of whoever keeps it', async () => {
      const schedule = await made('/schedules', {
        name: 'careful',
        suite_id: await suite('scheduled', one),
        cron: '@daily',
        environment: 'live',
      });
      const fired = await send('POST', `/schedules/${schedule.id}/trigger`);
      expect(fired.statusCode).toBe(202);
      const place = String(fired.headers['location']).replace('/api/v1', '');
      expect((await send('GET', place)).json()).toMatchObject({ executions: [{ status: 'pending', error: null }] });
    });

    test('a bundle that brings a protected environment runs when it is confirmed', async () => {
      const files = { 'flows/a.yaml': HELLO, 'environments/mine.yaml': 'protected: true\nvariables: { A: 1 }\n' };
      const ask = (more: object) =>
        send('POST', '/executions', { bundle: { entry: 'flows/a.yaml', files }, environment: 'mine', ...more });
      expect((await ask({})).json()).toMatchObject({
        status: 422,
        errors: [{ pointer: '/confirm_environment', message: 'send "mine"' }],
      });
      expect((await ask({ confirm_environment: 'mine' })).statusCode).toBe(201);
    });
  });

  test('a run in an environment that is not there is refused, not begun and failed part by part', async () => {
    const one = await flow('nowhere');
    const id = await suite('nowhere', one);
    const { id: datasetId } = await made('/datasets', { name: 'nowhere', csv: 'a\n1\n' });
    const missing = {
      status: 422,
      errors: [{ pointer: '/environment', message: expect.stringContaining('no environment') }],
    };
    const environment = 'gone';
    for (const [url, body] of [
      [`/suites/${id}/run`, {}],
      [`/datasets/${datasetId}/run`, { flow_id: one }],
      ['/gates/argo-rollouts', { suite_id: id, revision: 'r' }],
      ['/gates/argo-rollouts', { flow_id: one, revision: 'r' }],
    ] as const) {
      expect((await send('POST', url, { ...body, environment })).json()).toMatchObject(missing);
    }
    expect((await send('GET', `/suites/${id}/runs`)).json()).toMatchObject({ total: 0 });
  });

  describe('once more, and no further', () => {
    const placeOf = (response: { headers: Record<string, unknown> }) =>
      String(response.headers['location']).replace('/api/v1', '');
    const parts = async (place: string) => (await send('GET', place)).json().executions as Part[];

    test('the flows of a run that did not pass are run again', async () => {
      const flows = [await flow('again a'), await flow('again b'), await flow('again c')];
      const place = placeOf(
        await send('POST', `/suites/${await suite('again', ...flows)}/run`, { variables: { A: 1 } }),
      );
      const rerun = (body?: object) => send('POST', `${place}/rerun`, body);
      const going = await rerun({});
      expect([going.statusCode, going.json().detail]).toEqual([409, expect.stringContaining('goes on')]);
      for (const [at, verdict] of (['passed', 'failed', 'passed'] as const).entries()) {
        await endRun(world.storage, (await parts(place))[at]?.execution_id ?? '', verdict);
      }
      expect((await send('GET', place)).json()).toMatchObject({ status: 'failed', passed_flows: 2, failed_flows: 1 });
      const again = await rerun({ only: 'failed' });
      expect([again.statusCode, again.json()]).toMatchObject([
        202,
        {
          status: 'pending',
          trigger_type: 'rerun',
          trigger_ref: place.split('/').at(-1),
          total_flows: 1,
          executions: [{ flow_id: flows[1] }],
        },
      ]);
      await endRun(world.storage, again.json().executions[0].execution_id, 'passed');
      const passed = await send('POST', `${placeOf(again)}/rerun`);
      expect([passed.statusCode, passed.json().detail]).toEqual([409, expect.stringContaining('every flow')]);
      expect((await rerun({ only: 'all' })).json()).toMatchObject({ total_flows: 3 });
    });

    test('a protected environment is confirmed again', async () => {
      const { id: environment } = await made('/environments', { name: 'guarded' });
      const asked = { environment: 'guarded' };
      const place = placeOf(await send('POST', `/suites/${await suite('guarded', await flow('guarded'))}/run`, asked));
      await endRun(world.storage, (await parts(place))[0]?.execution_id ?? '', 'failed');
      await send('PUT', `/environments/${environment}`, { name: 'guarded', protected: true });
      expect((await send('POST', `${place}/rerun`, {})).json()).toMatchObject({
        status: 422,
        errors: [{ pointer: '/confirm_environment' }],
      });
      expect((await send('POST', `${place}/rerun`, { confirm_environment: 'guarded' })).statusCode).toBe(202);
    });

    test('a run is cancelled: what waits never runs, what runs is cancelled', async () => {
      const flows = [await flow('cancelled a'), await flow('cancelled b')];
      const place = placeOf(await send('POST', `/suites/${await suite('cancelled', ...flows)}/run`, {}));
      const cancelled = await send('POST', `${place}/cancel`);
      expect(cancelled.statusCode).toBe(202);
      await takeEnds(world.storage, (await parts(place))[0]?.execution_id ?? '');
      expect((await send('GET', place)).json()).toMatchObject({
        status: 'cancelled',
        failed_flows: 0,
        executions: [{ status: 'cancelled' }, { status: 'cancelled', execution_id: null }],
      });
      expect((await send('POST', `${place}/cancel`)).json()).toMatchObject({ status: 409 });
      expect((await send('POST', `${place}/rerun`)).json()).toMatchObject({ total_flows: 2 });
    });

    test('a part whose run is cancelled after a crash between its request and its note is cancelled, too', async () => {
      const [one] = [await flow('crashed')];
      const place = placeOf(await send('POST', `/suites/${await suite('crashed', one)}/run`, {}));
      const [part] = await parts(place);
      const unnoted = 'update testmesh.suite_run_members set run_id = null where suite_run_id = $1';
      await world.storage.pool.query(unnoted, [place.split('/').at(-1)]);
      expect((await send('POST', `${place}/cancel`)).statusCode).toBe(202);
      const types = [];
      for await (const { type } of world.storage.journal.read(`run-${part?.execution_id}`)) types.push(type);
      expect(types).toContain('RunCompleted');
    });

    test('a part that was asked for while its run was cancelled is cancelled, too', async () => {
      const [one] = [await flow('raced')];
      const place = placeOf(await send('POST', `/suites/${await suite('raced', one)}/run`, {}));
      const [part] = await parts(place);
      const [, , suiteId, , id] = place.split('/');
      const { pool, suiteRuns } = world.storage;
      await pool.query('update testmesh.suite_run_members set run_id = null where suite_run_id = $1', [id]);
      const run = await suiteRuns.get(workspace, suiteId ?? '', id ?? '');
      if (run === undefined) throw new Error('the run is gone');
      await suiteRuns.giveUp(workspace, run.id);
      const settings = { wakeups: { wake: () => undefined }, clock: systemClock, catalogue };
      await moveOn(suiteDeps({ storage: world.storage, ...settings }), run);
      const types = [];
      for await (const { type } of world.storage.journal.read(`run-${part?.execution_id}`)) types.push(type);
      expect(types).toContain('RunCompleted');
    });
  });
});

interface Part {
  readonly execution_id: string | null;
}
