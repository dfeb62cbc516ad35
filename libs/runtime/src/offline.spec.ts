import { expect, test } from '@jest/globals';
import type { Journal } from '@testmesh/ports';
import { fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import { Platform, sourceOf } from './executor.fixture.ts';

const STEPS = 700;

test('a journal that is away holds a run up after a few hundred steps, and nothing of it is lost', async () => {
  const platform = new Platform();
  let performed = 0;
  let isAway = false;
  const action = fakeAction(() => {
    performed += 1;
    if (performed === 100) isAway = true;
    return ok({});
  });
  const journal: Pick<Journal, 'append' | 'read'> = {
    read: platform.journal.read,
    append: async (...batch) => {
      if (isAway) throw new Error('there is no way out');
      return platform.journal.append(...batch);
    },
  };
  const steps = Array.from({ length: STEPS }, (_, at) => stepOf.action(`s${at}`, { assert: ['1 == 1'] }));
  const source = sourceOf(flow({ steps }));
  const carrier = platform.carrier('one', source, {
    journal,
    engine: {
      blobs: platform.blobs,
      clock: platform.clock,
      random: () => ({ next: () => 0.5, uuid: () => 'u' }),
      action: async () => action,
    },
  });
  const executor = platform.executor('one', source, { carry: carrier.carry });
  await platform.request('r1');
  executor.start();
  await platform.until(() => isAway);
  const before = performed;
  for (let seconds = 0; seconds < 60; seconds++) await platform.clock.sleep(1000);
  expect(performed - before).toBeLessThan(300);
  isAway = false;
  await platform.until(() => platform.types('r1').includes('RunCompleted'));
  await executor.drain(0);
  expect(performed).toBe(STEPS);
  const completed = platform.facts('r1').flatMap((fact) => (fact.type === 'StepCompleted' ? [fact.path] : []));
  expect([completed.length, new Set(completed).size]).toEqual([STEPS, STEPS]);
});
