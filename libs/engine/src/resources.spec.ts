import { expect, test } from '@jest/globals';
import type { RunEvent, StepPath } from '@testmesh/domain';
import { fakeClock } from '@testmesh/testing';
import { Resources } from './resources.ts';

const at = { path: 'open_it' as StepPath, branch: '' };

test('what is still opening when the run closes, and then fails to open, is nothing to close', async () => {
  const facts: RunEvent[] = [];
  const resources = new Resources((fact) => facts.push(fact), fakeClock());
  const opening = Promise.withResolvers<string>();
  let closed = 0;
  const used = resources.use(
    { kind: 'broker', key: 'one' },
    at,
    () => opening.promise,
    async () => {
      closed += 1;
    },
  );
  const closing = resources.closeAll();
  opening.reject(new Error('refused'));
  await expect(used).rejects.toThrow('refused');
  await closing;
  expect({ facts, closed }).toEqual({ facts: [], closed: 0 });
});
