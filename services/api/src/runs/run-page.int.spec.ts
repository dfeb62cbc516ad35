import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import { eventId, Projector, runView, seededRandom, systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { failed, PING, started, stepFailed, stepStarted } from '../testing/flows.ts';

describeWith('postgres', 'the page of a run', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('pages');
    headers = await world.headersOf(workspace);
  }, 30_000);
  afterAll(() => world.close());

  const get = async (path: string) => {
    const answer = await world.api.ask({ url: `/api/v1${path}`, headers });
    expect(answer.statusCode).toBe(200);
    return answer.json();
  };

  const asked = async (): Promise<string> => {
    const payload = { definition: PING };
    return (await world.api.ask({ method: 'POST', url: '/api/v1/executions', headers, payload })).json().id;
  };

  const carriedOut = async (runId: string, ver: number, epoch: number, ...events: readonly RunEvent[]) => {
    const stream = `run-${runId}`;
    const batch = events.map((event, at) => ({
      id: eventId(stream, epoch, ver + at),
      stream,
      type: event.type,
      sv: runEventVersion(event.type),
      workspace,
      epoch,
      actor: 'e1',
      time: Date.now() * 1000 + at * 500,
      data: dataOf(event),
    }));
    expect(await world.storage.journal.append(stream, ver, epoch, batch)).toMatchObject({ outcome: 'applied' });
  };

  const claimed = async () => {
    const [run] = await world.storage.queue.claim({ executor: 'e1', pools: ['default'], slots: 1, leaseMs: 30_000 });
    return { ver: run?.ver ?? 0, epoch: run?.epoch ?? 0 };
  };

  /** Until the view of the run stands where its journal does: others' transactions on the server may hold readers back. */
  const project = async (runId: string): Promise<void> => {
    const { feed, journal, views } = world.storage;
    const faults: unknown[] = [];
    const projector = new Projector({
      name: 'runs',
      view: runView,
      feed,
      journal,
      store: views,
      clock: systemClock,
      random: seededRandom('x'),
      onFault: ({ error }) => faults.push(error),
    });
    const stands = async (): Promise<boolean> => {
      const row = (await world.storage.runViews.byRunIds(workspace, [runId])).get(runId);
      for await (const _event of journal.read(`run-${runId}`, row?.ver ?? 0)) return false;
      return true;
    };
    while (!(await stands())) {
      if (!(await projector.round())) await systemClock.sleep(50);
    }
    expect(faults).toEqual([]);
  };

  test('a finished run reads the same from its stored view as from its events', async () => {
    const id = await asked();
    const { ver, epoch } = await claimed();
    await carriedOut(id, ver, epoch, started, stepStarted, stepFailed, failed);
    const pages = ['', '/outline', '/steps', '/report'].map((page) => `/executions/${id}${page}`);
    const folded = await Promise.all(pages.map(get));
    expect(await world.storage.runViews.stored(workspace, id)).toBeUndefined();
    await project(id);
    expect(await world.storage.runViews.outline(workspace, id)).toEqual(expect.any(String));
    expect(await Promise.all(pages.map(get))).toEqual(folded);
    const { attempts, assertions, output, captured, exchange, ...outline } = folded[2].steps[0];
    expect(outline.started_at).toEqual(expect.any(String));
    expect(folded[1].steps[0]).toEqual(outline);
    expect(Object.values({ attempts, assertions, output, captured, exchange })).not.toContain(undefined);
  });

  test('what was recorded after the view was written is shown', async () => {
    const id = await asked();
    await project(id);
    expect(await get(`/executions/${id}`)).toMatchObject({ state: 'queued', version: 1 });
    const { ver, epoch } = await claimed();
    await carriedOut(id, ver, epoch, started, stepStarted);
    expect(await get(`/executions/${id}`)).toMatchObject({ state: 'running', executor: 'e1', version: ver + 2 });
    await project(id);
    expect(await get(`/executions/${id}`)).toMatchObject({ state: 'running', version: ver + 2 });
  });

  test('views written before outlines were kept do not hide when steps began and ended', async () => {
    const id = await asked();
    const { ver, epoch } = await claimed();
    await carriedOut(id, ver, epoch, started, stepStarted, stepFailed, failed);
    const pages = ['/outline', '/steps'].map((page) => `/executions/${id}${page}`);
    const folded = await Promise.all(pages.map(get));
    await project(id);
    await world.storage.pool.query('update testmesh.run_view set outline = null');
    expect(await Promise.all(pages.map(get))).toEqual(folded);
  });

  test('steps come by pages where they are asked for, of a run that goes on and of one that has ended', async () => {
    const id = await asked();
    const { ver, epoch } = await claimed();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const named = (event: RunEvent, name: string) => ({ ...event, path: name, id: name }) as RunEvent;
    const plan = names.map((name) => named(stepStarted, name)) as never;
    const steps = names.flatMap((name) => [named(stepStarted, name), named(stepFailed, name)]);
    await carriedOut(id, ver, epoch, { ...started, plan } as RunEvent, ...steps);
    const page = async (query: string) => {
      const { total, steps: shown } = await get(`/executions/${id}/steps${query}`);
      return [total, shown.map(({ step_id }: { step_id: string }) => step_id).join('')];
    };
    const pages = () => Promise.all(['', '?limit=2', '?limit=2&offset=4', '?offset=3', '?offset=9'].map(page));
    const expected = [
      [5, 'abcde'],
      [5, 'ab'],
      [5, 'e'],
      [5, 'de'],
      [5, ''],
    ];
    expect(await pages()).toEqual(expected);
    await carriedOut(id, ver + 11, epoch, failed);
    await project(id);
    expect(await pages()).toEqual(expected);
    const { statusCode } = await world.api.ask({ url: `/api/v1/executions/${id}/steps?limit=0`, headers });
    expect(statusCode).toBe(400);
  });

  test('a run of another workspace is not there', async () => {
    const id = await asked();
    const other = await world.headersOf(await world.workspace('others'));
    await project(id);
    for (const path of ['', '/steps', '/report']) {
      const answer = await world.api.ask({ url: `/api/v1/executions/${id}${path}`, headers: other });
      expect(answer.statusCode).toBe(404);
    }
  });
});
