import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Delivery } from '@testmesh/ports';
import { DeliveryLoop, seededRandom, systemClock } from '@testmesh/runtime';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';

jest.setTimeout(60_000);

const SECRETS = ['https://hooks.slack.com/services/T0/B0/sEcReT', 'whsec_', 'pAssWord'];

describeWith('postgres', 'notification channels', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  let others: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
    others = await world.headersOf(workspace);
  });
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET', url: string, payload?: object, as = headers) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { ...as, 'if-match': '*', ...(payload !== undefined && { 'content-type': 'application/json' }) },
      ...(payload !== undefined && { payload }),
    });
  const made = async (payload: object) => {
    const response = await send('POST', '/notification-channels', payload);
    expect([response.statusCode, response.json().detail]).toEqual([201, undefined]);
    return response.json();
  };
  /** What the outbox would send now. */
  const delivered = async (): Promise<readonly Delivery[]> => {
    const sent: Delivery[] = [];
    const send = async (delivery: Delivery) => {
      sent.push(delivery);
      return { outcome: 'sent' } as const;
    };
    const base = { clock: systemClock, random: seededRandom('x'), onFault: () => undefined };
    await new DeliveryLoop({ ...base, outbox: world.storage.outbox, send }).round();
    return sent;
  };

  test('never give out an address or a key, not to readers, not to the audit, not to the database', async () => {
    const slack = await made({ name: 'slack', kind: 'slack', url: SECRETS[0] });
    expect(slack).toMatchObject({
      target: 'hooks.slack.com',
      events: ['failing', 'recovered'],
      about: ['schedule', 'suite'],
    });
    const webhook = await made({ name: 'hook', kind: 'webhook', url: 'https://example.com/pAssWord' });
    expect(webhook.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await made({ name: 'mail', kind: 'email', server: 'smtp://u:pAssWord@mail.example.com', from: 'a@example.com' });
    const shown = [
      await send('GET', '/notification-channels'),
      await send('GET', `/notification-channels/${webhook.id}`),
      await send('GET', '/audit?after=0&limit=1000'),
    ].map(({ body }) => body);
    const { rows } = await world.storage.pool.query('select * from testmesh.notification_channels');
    for (const text of [...shown, JSON.stringify(rows)]) {
      expect(text).toContain(webhook.id);
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    }
  });

  test('keep what a change does not send, unless it makes them something else', async () => {
    const { id } = await made({
      name: 'kept',
      kind: 'webhook',
      url: 'https://a.example/x',
      signing_secret: 'x'.repeat(20),
    });
    const changed = await send('PUT', `/notification-channels/${id}`, {
      name: 'renamed',
      kind: 'webhook',
      enabled: false,
    });
    expect(changed.json()).toMatchObject({ name: 'renamed', enabled: false, target: 'a.example', version: 2 });
    await send('POST', `/notification-channels/${id}/test`);
    expect(await delivered()).toMatchObject([
      { destination: { kind: 'webhook', url: 'https://a.example/x', signingSecret: 'x'.repeat(20) } },
    ]);
    const other = await send('PUT', `/notification-channels/${id}`, { name: 'renamed', kind: 'slack' });
    expect([other.statusCode, other.json().detail]).toEqual([422, expect.stringContaining('needs its value')]);
    expect((await send('DELETE', `/notification-channels/${id}`)).statusCode).toBe(204);
  });

  test.each([
    [{ kind: 'slack' }, 422],
    [{ kind: 'slack', url: 'ftp://example.com' }, 400],
    [{ kind: 'webhook', url: 'https://example.com', signing_secret: 'short' }, 400],
    [{ kind: 'email', server: 'http://example.com', from: 'a@example.com' }, 400],
    [{ kind: 'pager' }, 400],
  ])('%j is refused', async (over, status) => {
    expect((await send('POST', '/notification-channels', { name: 'bad', ...over })).statusCode).toBe(status);
  });

  test('a test message is shown, read by each caller for itself, and its delivery can be followed', async () => {
    const { id } = await made({ name: 'tested', kind: 'slack', url: 'https://hooks.example.com/x' });
    const tested = await send('POST', `/notification-channels/${id}/test`);
    expect(tested.statusCode).toBe(202);
    const deliveries = async () => (await send('GET', `/notification-deliveries?channel_id=${id}`)).json().deliveries;
    expect(await deliveries()).toMatchObject([{ id: tested.json().delivery_id, state: 'waiting', attempts: 0 }]);
    expect((await delivered()).map((delivery) => delivery.id)).toEqual([tested.json().delivery_id]);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 1, channel_name: 'tested' }]);
    const list = async (as = headers) => (await send('GET', '/notifications?unread=true', undefined, as)).json();
    const { notifications, unread } = await list();
    expect(notifications[0]).toMatchObject({ event: 'test', type: 'info', read: false });
    expect((await send('PATCH', `/notifications/${notifications[0].id}/read`)).statusCode).toBe(204);
    expect((await list()).unread).toBe(unread - 1);
    expect((await list(others)).unread).toBe(unread);
    expect((await send('PATCH', '/notifications/read-all')).json()).toEqual({ marked: unread - 1 });
    expect(await list()).toMatchObject({ notifications: [], unread: 0 });
    expect((await send('DELETE', `/notifications/${notifications[0].id}`)).statusCode).toBe(204);
    expect((await send('POST', `/notification-deliveries/${tested.json().delivery_id}/redeliver`)).statusCode).toBe(
      404,
    );
  });
});
