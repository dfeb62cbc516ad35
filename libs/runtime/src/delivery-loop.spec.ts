import { expect, test } from '@jest/globals';
import type { Delivery, Outbox, SendOutcome } from '@testmesh/ports';
import { DeliveryLoop } from './delivery-loop.ts';
import { seededRandom } from './seeded-random.ts';
import { systemClock } from './system-clock.ts';

const message = {
  event: 'failing',
  workspace: 'w',
  title: 'schedule nightly began to fail',
  text: 'run r failed',
  subject: null,
  environment: null,
  runId: 'r',
  createdAt: new Date(0),
} as const;
const slack = { kind: 'slack', url: 'http://127.0.0.1:1/' } as const;
const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  id: 'd',
  attempt: 1,
  message,
  destination: slack,
  ...more,
});

/** A loop over an outbox that gives these deliveries once, and what it was told of them. */
const loopOver = (deliveries: readonly Delivery[], send: () => Promise<SendOutcome>) => {
  const told: unknown[] = [];
  let left = deliveries;
  const outbox: Outbox = {
    claim: async () => {
      const given = left;
      left = [];
      return given;
    },
    delivered: async (id) => {
      told.push([id, 'delivered']);
    },
    failed: async (id, error, retryInMs) => {
      told.push([id, error, retryInMs]);
    },
  };
  const faults: unknown[] = [];
  const random = seededRandom('x');
  const loop = new DeliveryLoop({ outbox, send, clock: systemClock, random, onFault: (fault) => faults.push(fault) });
  return { loop, told, faults };
};

test('what is sent is marked', async () => {
  const { loop, told } = loopOver([delivery()], async () => ({ outcome: 'sent' }));
  expect(await loop.round()).toBe(false);
  expect(told).toEqual([['d', 'delivered']]);
});

test.each([
  [1, 7_500, 12_500],
  [4, 60_000, 100_000],
  [11, 2_700_000, 4_500_000],
])('B2: after failure %d it is tried again later and later', async (attempt, least, most) => {
  const refused: SendOutcome = { outcome: 'refused', error: 'busy', final: false };
  const { loop, told } = loopOver([delivery({ attempt })], async () => refused);
  await loop.round();
  const [[, error, rest] = []] = told as [string, string, number][];
  expect(error).toBe('busy');
  expect(rest).toBeGreaterThanOrEqual(least);
  expect(rest).toBeLessThanOrEqual(most);
});

test('B2: what is refused for good, too often, or has nowhere to go is dead', async () => {
  const final = loopOver([delivery()], async () => ({ outcome: 'refused', error: 'gone', final: true }));
  await final.loop.round();
  const often = loopOver([delivery({ attempt: 12 })], async () => ({
    outcome: 'refused',
    error: 'busy',
    final: false,
  }));
  await often.loop.round();
  const nowhere = loopOver([delivery({ destination: undefined })], async () => ({ outcome: 'sent' }));
  await nowhere.loop.round();
  expect([final.told, often.told]).toEqual([[['d', 'gone', null]], [['d', 'busy', null]]]);
  expect(nowhere.told).toEqual([['d', expect.stringContaining('need an e-mail channel'), null]]);
});

test('a send that throws is a failure as any other, and one delivery does not hold up another', async () => {
  let sends = 0;
  const { loop, told, faults } = loopOver([delivery({ id: 'a' }), delivery({ id: 'b' })], async () => {
    sends += 1;
    if (sends === 1) throw new Error('no route');
    return { outcome: 'sent' };
  });
  await loop.round();
  expect(told).toContainEqual(['b', 'delivered']);
  expect(told).toContainEqual(['a', 'no route', expect.any(Number)]);
  expect(faults).toEqual([]);
});

test('a destination that could not be read is tried again, and says why', async () => {
  const unreadable = delivery({ destination: undefined, unreadable: 'the master key `k0` is not given' });
  const { loop, told } = loopOver([unreadable], async () => ({ outcome: 'sent' }));
  await loop.round();
  expect(told).toEqual([['d', 'its channel: the master key `k0` is not given', expect.any(Number)]]);
});
