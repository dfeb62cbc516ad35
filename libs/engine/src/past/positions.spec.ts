import { expect, test } from '@jest/globals';
import type { RunEvent, Value } from '@testmesh/domain';
import { fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import { run } from '../run.fixture.ts';

const { action } = stepOf;

/** An action that asks where a stream stood, from the moment the run began. */
const reading = (now: number) => {
  const taken: number[] = [];
  const seen: Value[] = [];
  const ask = (resource: string, positions: <T extends Value>(of: string, take: () => Promise<T>) => Promise<T>) =>
    positions(resource, async () => {
      taken.push(now);
      return { offset: now };
    });
  const act = fakeAction(
    async (config, context) => {
      seen.push({ at: await ask(String(config['topic']), context.positions), begun: context.runStartedAt });
      return ok({ n: 1 });
    },
    {
      prepare: async (config, context) =>
        void (await ask(String((config as { topic: string }).topic), context.positions)),
    },
  );
  return { act, taken, seen };
};

const read = (id: string, topic: string) => action(id, { action: 'read', config: { topic }, assert: ['n == 1'] });
const subject = flow({ secrets: ['T'], env: { T: 'hidden-topic' }, steps: [read('a', 'orders'), read('b', '${T}')] });

test('a later owner gives actions the positions of the first, and the moment the run began', async () => {
  const kept = new Map<string, string>();
  const keepSecret = async (name: string, value: string) => void kept.set(name, value);
  const first = reading(1);
  const whole = await run(subject, { actions: { read: first.act }, ports: { keepSecret } });
  expect(first.taken).toEqual([1, 1]);
  expect(whole.events.filter(({ type }) => type === 'PositionsRecorded')).toMatchObject([
    { resource: 'orders', positions: { offset: 1 } },
    { resource: '***' },
  ]);
  const isStarted = ({ type }: RunEvent) => type === 'StepStarted';
  const history = whole.events.slice(0, whole.events.findIndex(isStarted) + 1);
  const second = reading(2);
  const next = await run(subject, { actions: { read: second.act }, input: { history, kept, startedAt: 12_345 } });
  expect(second.taken).toEqual([]);
  expect(second.seen).toEqual([
    { at: { offset: 1 }, begun: 12_345 },
    { at: { offset: 1 }, begun: 12_345 },
  ]);
  expect(next.events.map(({ type }) => type)).not.toContain('PositionsRecorded');
});

test('a run that begins anew takes positions of its own', async () => {
  const whole = await run(subject, { actions: { read: reading(1).act } });
  const history: RunEvent[] = [...whole.events.slice(0, 4), { type: 'RunRestarted', reason: 'executor lost' }];
  const second = reading(2);
  await run(subject, { actions: { read: second.act }, input: { history, startedAt: 12_345 } });
  expect(second.taken).toEqual([2, 2]);
  expect(second.seen[0]).toMatchObject({ at: { offset: 2 } });
});
