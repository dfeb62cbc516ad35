import { expect, test } from '@jest/globals';
import { readJestReport } from './jest-report.ts';

type Case = { status: string; ancestorTitles?: string[]; title?: string };

const file = (status: string, ...cases: Case[]) => ({
  name: '/w/a.spec.ts',
  status,
  assertionResults: cases.map(({ status: each, ancestorTitles = [], title = 'works' }) => ({
    status: each,
    ancestorTitles,
    title,
  })),
});

const read = (...testResults: ReturnType<typeof file>[]) => readJestReport(JSON.stringify({ testResults }));

test('passed and failed tests are counted, and the failed ones named', () => {
  const counts = read(
    file('failed', { status: 'passed' }, { status: 'failed', ancestorTitles: ['rows'], title: 'are read' }),
  );
  expect(counts).toMatchObject({ passed: 1, failed: 1, skips: [], words: 'failed: rows › are read' });
});

test('a skipped test gives the reason that its suite carries in its name', () => {
  const counts = read(
    file('passed', { status: 'pending', ancestorTitles: ['mysql [skipped: no mysql: not root]', 'reads'] }),
  );
  expect(counts.skips).toEqual([
    { test: 'mysql [skipped: no mysql: not root] › reads › works', reason: 'no mysql: not root' },
  ]);
  expect(counts.failed).toBe(0);
});

test('a test skipped without a reason is a failure', () => {
  expect(read(file('passed', { status: 'pending' }))).toMatchObject({ failed: 1, skips: [] });
  expect(read(file('passed', { status: 'todo' }))).toMatchObject({ failed: 1, skips: [] });
});

test('a file that could not be run is a failure', () => {
  expect(read(file('failed'))).toMatchObject({ passed: 0, failed: 1, words: 'could not be run: /w/a.spec.ts' });
});
