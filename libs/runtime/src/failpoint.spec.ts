import { afterEach, expect, test } from '@jest/globals';
import { armFailpoints, failpoint } from './failpoint.ts';

const warned: string[] = [];
const arm = (text: string | undefined): void => armFailpoints(text, (words) => warned.push(words));

afterEach(() => {
  arm(undefined);
  warned.length = 0;
});

test('B1: without a plan a failpoint does nothing and gives nothing to wait for', () => {
  expect(failpoint('append.afterCommit')).toBeUndefined();
  arm('');
  expect(warned).toEqual([]);
  expect(failpoint('append.afterCommit')).toBeUndefined();
});

test('a point holds whoever passes it, at the passing that was asked for and at no other', async () => {
  arm('relay.beforeCheckpoint:sleep(30)@2');
  expect(warned).toEqual([expect.stringContaining('TESTMESH_FAILPOINTS=relay.beforeCheckpoint:sleep(30)@2')]);
  expect(failpoint('relay.beforeCheckpoint')).toBeUndefined();
  expect(failpoint('append.afterCommit')).toBeUndefined();
  const begun = performance.now();
  await failpoint('relay.beforeCheckpoint');
  expect(performance.now() - begun).toBeGreaterThan(25);
  expect(failpoint('relay.beforeCheckpoint')).toBeUndefined();
});

test('without a number it acts at each passing', async () => {
  arm('append.beforeSend:sleep(1)');
  await expect(failpoint('append.beforeSend')).resolves.toBeUndefined();
  await expect(failpoint('append.beforeSend')).resolves.toBeUndefined();
});

test.each([
  'append.afterLunch:exit',
  'append.afterCommit:explode',
  'append.afterCommit',
  'append.afterCommit:sleep(x)',
])('B2: %s is refused with what there is', (text) => {
  expect(() => arm(text)).toThrow('relay.beforeCheckpoint');
});
