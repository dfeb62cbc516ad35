import { expect, test } from '@jest/globals';
import type { ActionOutcome } from '@testmesh/action-kit';
import { ExactNumber, type ValueMap } from '@testmesh/domain';
import { actionContext, fakeClock } from '@testmesh/testing';
import { assert } from './assert.ts';
import { delay } from './delay.ts';
import { log } from './log.ts';
import { schemas, waitForSchema } from './schema.ts';
import { transform } from './transform.ts';

const output = (outcome: ActionOutcome): ValueMap => {
  if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  return outcome.output;
};

const reason = (outcome: ActionOutcome): string => {
  if (outcome.kind === 'completed') throw new Error('the action was carried out');
  return `${outcome.code} ${outcome.reason}`;
};

const judged = { expectations: { ...actionContext().expectations, present: true } };

test('delay waits by the clock of the run', async () => {
  const clock = fakeClock({ auto: true });
  const outcome = await delay.perform({ duration: '1m30s' }, actionContext({ clock }));
  expect(output(outcome)).toEqual({ duration: '90000ms', duration_ms: 90_000, completed: true });
  expect(clock.monotonic()).toBe(90_000);
});

test('a delay that is cut short rejects with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('the step timed out');
  const waiting = delay.perform({ duration: '1h' }, actionContext({ clock: fakeClock(), signal: controller.signal }));
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test('log shows its message and keeps it in the result', async () => {
  const context = actionContext();
  const outcome = await log.perform({ message: 'placing o-1', level: 'warn', data: { order: 'o-1' } }, context);
  expect(output(outcome)).toEqual({ message: 'placing o-1', level: 'warn', data: { order: 'o-1' }, logged: true });
  expect(context.logged).toEqual(['placing o-1']);
});

test('a message that is no text is shown as JSON with all its digits', async () => {
  const outcome = await log.perform({ message: { id: new ExactNumber('9007199254740993') } }, actionContext());
  expect(output(outcome)['message']).toBe('{"id":9007199254740993}');
});

test('assert puts the fields of its data before the assertions', async () => {
  const data = { total: 25, items: [1, 2] };
  expect(output(await assert.perform({ data }, actionContext(judged)))).toEqual({ ...data, data });
  expect(output(await assert.perform({ data: '{"total":25}' }, actionContext(judged)))).toEqual({
    total: 25,
    data: { total: 25 },
  });
  expect(output(await assert.perform({ data: [1] }, actionContext(judged)))).toEqual({ data: [1] });
  expect(output(await assert.perform({}, actionContext(judged)))).toEqual({});
});

test('an assert step with nothing to check is refused', async () => {
  expect(reason(await assert.perform({ data: { a: 1 } }, actionContext()))).toContain('TM4701');
});

const order = {
  id: 'o-1',
  total: 25,
  items: [
    { sku: 'a', price: 10 },
    { sku: 'b', price: 15 },
  ],
};

test('transforms take paths, fields and literals', async () => {
  const transforms = {
    first: '$.items[0].sku',
    skus: '$.items[*].sku',
    id: '$id',
    currency: 'EUR',
    rate: 1.5,
    all: '$',
  };
  expect(output(await transform.perform({ input: order, transforms }, actionContext()))).toEqual({
    first: 'a',
    skus: ['a', 'b'],
    id: 'o-1',
    currency: 'EUR',
    rate: 1.5,
    all: order,
  });
});

test('a transform that finds nothing names its key, its path and what there is', async () => {
  const outcome = await transform.perform({ input: order, transforms: { sum: '$.totals' } }, actionContext());
  expect(reason(outcome)).toBe(
    'TM4702 transforms.sum: there is nothing at $.totals in the input; it has id, total, items',
  );
});

test('a path that is none is told as such', async () => {
  const outcome = await transform.perform({ input: order, transforms: { sum: '$.items[' } }, actionContext());
  expect(reason(outcome)).toContain('TM4703 `$.items[` is not a JSONPath');
});

test('operations build on one another', async () => {
  const operations = [
    { type: 'extract', path: 'items', save_as: 'items' },
    { type: 'filter', array: 'items', condition: "item.price > 10 && item.sku != 'item'", save_as: 'dear' },
    { type: 'map', array: 'dear', transform: { sku: 'item.sku', kind: 'dear' }, save_as: 'mapped' },
    { type: 'map', array: '$.items', transform: 'item.sku', save_as: 'skus' },
    { type: 'join', array: 'skus', separator: ', ', save_as: 'text' },
    { type: 'format', template: 'order {id}: {text} for {who}', variables: { who: 'Ada' }, save_as: 'line' },
  ];
  expect(output(await transform.perform({ input: order, operations }, actionContext()))).toMatchObject({
    dear: [{ sku: 'b', price: 15 }],
    mapped: [{ sku: 'b', kind: 'dear' }],
    skus: ['a', 'b'],
    text: 'a, b',
    line: 'order o-1: a, b for Ada',
  });
});

test('an operation that does not fit names itself', async () => {
  const join = { type: 'join', array: 'total', save_as: 'x' };
  expect(reason(await transform.perform({ input: order, operations: [join] }, actionContext()))).toBe(
    'TM4702 operations[0] (join): total is not a list but 25',
  );
  const map = { type: 'map', array: 'items', transform: 'item.name', save_as: 'x' };
  expect(reason(await transform.perform({ input: order, operations: [map] }, actionContext()))).toBe(
    'TM4702 operations[0] (map), item 0: there is nothing at item.name',
  );
});

test('the input may come from a JSON file', async () => {
  const readFile = async (): Promise<Uint8Array> => new TextEncoder().encode('{"big":9007199254740993}');
  const config = { input_file: 'order.json', transforms: { big: '$big' } };
  expect(output(await transform.perform(config, actionContext({ readFile })))).toEqual({
    big: new ExactNumber('9007199254740993'),
  });
});

test.each([
  [{ host: 'a' }, 'give `url`, or `host` and `port`'],
  [{ url: 'http://a', port: 1 }, 'an http wait takes `url`, not `host` and `port`'],
  [{ type: 'tcp', url: 'http://a' }, 'a tcp wait takes `host` and `port`, not `url`'],
  [{ url: 'http://a', json_value: 1 }, '`json_value` needs `json_path`'],
  [{ url: 'http://a', timeout: 30 }, 'a duration needs a unit: write 30s or 30ms'],
])('wait_for refuses %j', (config, message) => {
  const { error } = waitForSchema.config.safeParse(config);
  expect(error?.issues.map((issue) => issue.message)).toContain(message);
});

test('every key of every config says what it is for', () => {
  const undescribed = schemas.flatMap(({ type, config }) =>
    Object.entries((config as unknown as { shape: Record<string, { description?: string }> }).shape)
      .filter(([, key]) => !key.description)
      .map(([name]) => `${type}.${name}`),
  );
  expect(undescribed).toEqual([]);
});
