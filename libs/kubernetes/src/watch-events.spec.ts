import { expect, test } from '@jest/globals';
import { KubernetesFault, WatchExpired } from './faults.ts';
import { eventsOf } from './watch-events.ts';

const told = async (...chunks: string[]): Promise<unknown[]> => {
  const events: unknown[] = [];
  const bytes = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  for await (const event of eventsOf(bytes())) events.push(event);
  return events;
};

test('events are put together from whatever pieces arrive, and one that was cut off is left for the next watch', async () => {
  const event = { type: 'ADDED', object: { metadata: { name: 'ü' } } };
  const [bytes, text] = [Buffer.from(JSON.stringify(event)), JSON.stringify(event)];
  expect(await told(`${text}\n${text.slice(0, 9)}`, `${text.slice(9)}\n`, '{"type":"MOD')).toEqual([event, event]);
  const cut = bytes.indexOf(0xc3) + 1; // in the middle of a letter
  const halves = async function* () {
    yield bytes.subarray(0, cut);
    yield Buffer.concat([bytes.subarray(cut), Buffer.from('\n')]);
  };
  for await (const got of eventsOf(halves())) expect(got).toEqual(event);
});

test('an expired watch is told apart from every other error, though both come in an answer of 200', async () => {
  const error = (code: number) =>
    `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, message: 'm' } })}\n`;
  await expect(told(error(410))).rejects.toBeInstanceOf(WatchExpired);
  await expect(told(error(500))).rejects.toBeInstanceOf(KubernetesFault);
});
