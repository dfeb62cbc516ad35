import { expect, test } from '@jest/globals';
import type { FlowResult } from '@testmesh/views';
import type { PreparedFlow } from './prepare-flows.ts';
import { runSuite, type SuiteRunOptions } from './suite-run.ts';

const flow = (file: string, exclusive: readonly string[] = []): PreparedFlow =>
  ({ file, flow: { name: file, exclusive }, text: '', diagnostics: [] }) as unknown as PreparedFlow;

const result = (file: string, status: FlowResult['status'] = 'passed'): FlowResult => ({
  file,
  name: file,
  status,
  diagnostics: [],
  text: '',
});

const options = (over: Partial<SuiteRunOptions>): SuiteRunOptions => ({
  flowsAtOnce: 2,
  failFast: false,
  cancel: new AbortController().signal,
  runOne: async ({ file }) => result(file),
  ended: () => undefined,
  ...over,
});

const trackOverlap = () => {
  const running = new Set<string>();
  const overlaps: string[] = [];
  const runOne = async ({ file }: PreparedFlow): Promise<FlowResult> => {
    for (const other of running) overlaps.push(`${other}+${file}`);
    running.add(file);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running.delete(file);
    return result(file);
  };
  return { runOne, overlaps };
};

test('at most as many flows as asked run at once, and results keep the order of the files', async () => {
  const { runOne, overlaps } = trackOverlap();
  const results = await runSuite(
    ['a', 'b', 'c'].map((file) => flow(file)),
    options({ flowsAtOnce: 1, runOne }),
  );
  expect(overlaps).toEqual([]);
  expect(results.map(({ file }) => file)).toEqual(['a', 'b', 'c']);
});

test('flows that share an exclusive resource never overlap, others do', async () => {
  const { runOne, overlaps } = trackOverlap();
  await runSuite([flow('a', ['orders-db']), flow('b', ['orders-db']), flow('c')], options({ flowsAtOnce: 3, runOne }));
  expect(overlaps).toContain('a+c');
  expect(overlaps).not.toContain('a+b');
});

test('--fail-fast starts no further flow and says so', async () => {
  const results = await runSuite(
    [flow('a'), flow('b')],
    options({ flowsAtOnce: 1, failFast: true, runOne: async ({ file }) => result(file, 'failed') }),
  );
  expect(results[1]).toMatchObject({ status: 'skipped', reason: 'not started: --fail-fast: a did not pass' });
});
