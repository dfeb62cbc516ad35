import { expect, test } from '@jest/globals';
import type { Envelope } from '@testmesh/domain';
import type { AppendResult } from '@testmesh/ports';
import { EndedRuns } from './figures.ts';

const event = (type: string, data: Envelope['data'] = {}): Envelope => ({
  ...{ id: 'i', stream: 'run-r', type, sv: 1, workspace: 'w', epoch: 1, actor: 'a', time: 0, data },
});
const batch = (...events: readonly Envelope[]) => ({ stream: 'run-r', expectedVer: 1, epoch: 1, events });

test('runs are counted by verdict when the journal took their ends, and once', async () => {
  const ended = new EndedRuns();
  const answers: AppendResult[] = [
    { outcome: 'applied', ver: 2 },
    { outcome: 'applied', ver: 2 },
    { outcome: 'already_applied', ver: 2 },
    { outcome: 'fenced', epoch: 2 },
  ];
  const { appendMany } = ended.counting({ read: async function* () {}, appendMany: async () => answers });
  const passed = event('RunCompleted', { verdict: 'passed' });
  await appendMany([batch(event('StepStarted'), passed), batch(event('StepStarted')), batch(passed), batch(passed)]);
  expect(ended.byVerdict).toEqual({ passed: 1 });
});
