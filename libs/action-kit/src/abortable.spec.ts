import { expect, test } from '@jest/globals';
import { abortable } from './abortable.ts';

test('the result of the work comes through', async () => {
  expect(await abortable(Promise.resolve(5), new AbortController().signal)).toBe(5);
  await expect(abortable(Promise.reject(new Error('broken')), new AbortController().signal)).rejects.toThrow('broken');
});

test('an abort rejects with its reason while the work is still going on', async () => {
  const controller = new AbortController();
  const waiting = abortable(new Promise(() => {}), controller.signal);
  controller.abort(new Error('the step timed out'));
  await expect(waiting).rejects.toThrow('the step timed out');
});

test('a signal that is aborted already wins over work that is done', async () => {
  await expect(abortable(Promise.resolve(5), AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
});
