import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ActionOutcome } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { actionContext, type TestActionContext } from '@testmesh/testing';
import { describeWith } from '../../../../tools/testing/real.ts';
import { actions } from './index.ts';

const actionNamed = (type: string) => {
  const action = actions.find(({ schema }) => schema.type === type);
  if (action === undefined) throw new Error(`there is no ${type}`);
  return action;
};

const outputOf = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  const { duration_ms, ...rest } = outcome.output;
  expect(duration_ms).toBeGreaterThanOrEqual(0);
  return rest;
};

describeWith('redis', 'the redis actions', (url) => {
  let context: TestActionContext;
  let key: string;
  beforeEach(() => {
    context = actionContext();
    key = `t:${randomUUID()}`;
  });
  afterEach(() => context.close());

  const redis = async (name: string, config: ValueMap) =>
    outputOf(await actionNamed(`redis.${name}`).perform({ url, ...config }, context));

  test('a missing key is no error', async () => {
    expect(await redis('get', { key })).toEqual({ value: null, exists: false });
    expect(await redis('del', { key })).toEqual({ deleted: 0 });
    expect(await redis('exists', { key })).toEqual({ exists: false, count: 0 });
    expect(await redis('hgetall', { key })).toEqual({ value: {}, exists: false, count: 0 });
    expect(await redis('ttl', { key })).toEqual({ ttl: -2, ttl_ms: -2, exists: false, expires: false });
    expect(await redis('type', { key })).toEqual({ type: 'none', exists: false });
  });

  test('values stay text, and JSON is parsed beside it', async () => {
    await redis('set', { key, value: '00501' });
    expect(await redis('get', { key })).toEqual({ value: '00501', exists: true });
    await redis('set', { key, value: { total: 59.98 } });
    expect(await redis('get', { key })).toEqual({ value: '{"total":59.98}', exists: true, json: { total: 59.98 } });
  });

  test('what was published since the run began is heard, also before the step', async () => {
    const subscribe = actionNamed('redis.subscribe');
    await subscribe.prepare?.({ url, channel: key }, context);
    expect(await redis('publish', { channel: key, message: { id: 7 } })).toEqual({ receivers: 1, channel: key });
    const output = await redis('subscribe', { channel: key, timeout: '5s' });
    expect(output).toMatchObject({ count: 1, value: '{"id":7}', json: { id: 7 }, channel: key });
  });

  test('a stream is read from where it stood when the run began', async () => {
    await redis('xadd', { key, fields: { status: 'old' } });
    await actionNamed('redis.xread').prepare?.({ url, key }, context);
    const { id } = await redis('xadd', { key, fields: { status: 'new' } });
    const output = await redis('xread', { key, timeout: '5s' });
    expect(output).toMatchObject({ count: 1, id, value: { status: 'new' } });
  });
});
