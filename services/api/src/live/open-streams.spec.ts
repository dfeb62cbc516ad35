import { expect, test } from '@jest/globals';
import { OpenStreams } from './open-streams.ts';

const problem = (detail: string) =>
  expect.objectContaining({ code: 'too-many-requests', message: detail, headers: { 'retry-after': '10' } });
const ofKey = 'streams are open with this key, and no more may be: close one first';
const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

test('O1: one key has its own number, and all keys together theirs', () => {
  const streams = new OpenStreams({ perCaller: 2, inAll: 3 });
  const leave = streams.enter('key:a');
  streams.enter('key:a');
  expect(refusal(() => streams.enter('key:a'))).toEqual(problem(`2 ${ofKey}`));
  streams.enter('key:b');
  expect(refusal(() => streams.enter('key:c'))).toEqual(
    problem('3 streams are open on this server, and no more may be'),
  );
  leave();
  streams.enter('key:c');
});

test('O2: one that is left twice makes room for one', () => {
  const streams = new OpenStreams({ perCaller: 1, inAll: 10 });
  const leave = streams.enter('key:a');
  leave();
  leave();
  streams.enter('key:a');
  expect(refusal(() => streams.enter('key:a'))).toEqual(problem(`1 ${ofKey}`));
});
