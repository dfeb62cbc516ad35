import { expect, test } from '@jest/globals';
import { inTurns, TURN_MS } from './relay-in-turns.ts';

const world = () => {
  const state = { now: 0, isOurs: true, stands: '7', asked: 0, read: [] as string[] };
  const feed = inTurns({
    feed: {
      readAfter: async (cursor) => {
        state.read.push(cursor);
        return { events: [], cursor: `${cursor}+` };
      },
    },
    take: async () => {
      state.asked += 1;
      return state.isOurs;
    },
    stands: async () => state.stands,
    clock: { monotonic: () => state.now },
  });
  return { state, look: async (cursor: string) => (await feed.readAfter(cursor, 10)).cursor };
};

test('T1: without the turn nothing is read, and it is asked for at every look', async () => {
  const { state, look } = world();
  state.isOurs = false;
  expect([await look('1'), await look('1')]).toEqual(['1', '1']);
  expect([state.asked, state.read]).toEqual([2, []]);
});

test('T3: who gets the turn goes to where the relay stands, then reads on without asking each time', async () => {
  const { state, look } = world();
  expect(await look('1')).toBe('7');
  expect([await look('7'), await look('8')]).toEqual(['7+', '8+']);
  expect(state.asked).toBe(1);
});

test('a turn is renewed before it is over, and reading goes on in the same look', async () => {
  const { state, look } = world();
  await look('7');
  state.now = TURN_MS / 2;
  expect(await look('8')).toBe('8+');
  expect(state.asked).toBe(2);
});

test('T2, T3: who was stopped longer than its turn loses it, and begins anew when it has it again', async () => {
  const { state, look } = world();
  await look('7');
  state.now = TURN_MS + 1;
  state.isOurs = false;
  expect(await look('8')).toBe('8');
  state.isOurs = true;
  state.stands = '20';
  expect(await look('8')).toBe('20');
  expect(state.read).toEqual([]);
});
