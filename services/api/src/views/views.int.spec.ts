import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';
import { DEFAULT_WORKSPACE } from '../ports.ts';

// The first question of a server makes its schema and the checks of its answers.
jest.setTimeout(30_000);

describeWith('postgres', 'the views of a server', (address) => {
  let world: TestConfiguration;
  beforeAll(async () => {
    world = await startConfiguration(address);
    await world.storage.workspaces.ensureDefault();
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  const ask = async (method: 'GET' | 'POST' | 'DELETE', path = '', workspace = DEFAULT_WORKSPACE) => {
    const headers = await world.headersOf(workspace);
    const response = await world.api.ask({ method, url: `/api/v1/admin/views${path}`, headers });
    return { status: response.statusCode, body: response.json() };
  };

  test('are rebuilt once at a time, which may be given up until it is decided', async () => {
    expect(await ask('GET')).toEqual({ status: 200, body: { shown: 'runs', rebuild: null } });
    expect(await ask('DELETE', '/rebuild')).toMatchObject({ status: 409 });
    const begun = await ask('POST', '/rebuild');
    const rebuild = { set: 'runs.2', replaces: 'runs', phase: 'building', set_aside: 0, ended_at: null };
    expect(begun).toMatchObject({ status: 202, body: { shown: 'runs', rebuild } });
    expect(begun.body.rebuild.requested_by).toMatch(/^key:/);
    const second = await ask('POST', '/rebuild');
    expect(second).toMatchObject({ status: 409 });
    expect(second.body.detail).toMatch(/are rebuilt since 20.* for key:.* \(building\)/);
    expect(await ask('DELETE', '/rebuild')).toMatchObject({ status: 202, body: { rebuild: { phase: 'tidying' } } });
    expect(await world.storage.viewSets.tidy()).toBe(false);
    expect(await ask('GET')).toMatchObject({ body: { shown: 'runs', rebuild: { phase: 'cancelled' } } });
    expect(await ask('POST', '/rebuild')).toMatchObject({ status: 202, body: { rebuild: { set: 'runs.3' } } });
  });

  test('are no matter of a single workspace among several', async () => {
    const other = await world.workspace('other');
    expect(await ask('POST', '/rebuild', other)).toMatchObject({ status: 403 });
    expect((await ask('GET', '', other)).body.detail).toContain('belong to all workspaces');
  });
});
