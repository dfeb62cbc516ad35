import { describe, expect, test } from '@jest/globals';
import { countsOf, type FileResult, failedFiles, flakyTests, readJestReport, replaced } from './jest-report.ts';

type Case = { status: FileResult['assertionResults'][number]['status']; ancestorTitles?: string[]; title?: string };

const file = (status: string, ...cases: Case[]) => named('/w/a.spec.ts', status, ...cases);

const named = (name: string, status: string, ...cases: Case[]) => ({
  name,
  status,
  assertionResults: cases.map(({ status: each, ancestorTitles = [], title = 'works' }) => ({
    status: each,
    ancestorTitles,
    title,
  })),
});

const read = (...testResults: ReturnType<typeof file>[]) => countsOf(readJestReport(JSON.stringify({ testResults })));

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

const passing: Case = { status: 'passed', title: 'reads' };
const failing: Case = { status: 'failed', title: 'writes' };

describe('a second run of the files that failed', () => {
  const untouched = named('/w/b.spec.ts', 'passed', passing);
  const first = [named('/w/a.spec.ts', 'failed', passing, failing), untouched];

  test('takes the place of the first, and names what failed only once', () => {
    expect(failedFiles(first)).toEqual(['/w/a.spec.ts']);
    const second = [named('/w/a.spec.ts', 'passed', passing, { ...failing, status: 'passed' })];
    expect(countsOf(replaced(first, second))).toMatchObject({ passed: 3, failed: 0 });
    expect(flakyTests(first, second)).toEqual(['writes']);
  });

  test('leaves red what fails again, or what fails now', () => {
    const again = [named('/w/a.spec.ts', 'failed', { ...passing, status: 'failed' }, failing)];
    expect(countsOf(replaced(first, again))).toMatchObject({ passed: 1, failed: 2 });
    expect(flakyTests(first, again)).toEqual([]);
  });

  test('names the file that could not be run the first time', () => {
    const broken = [named('/w/a.spec.ts', 'failed')];
    expect(flakyTests(broken, [named('/w/a.spec.ts', 'passed', passing)])).toEqual(['/w/a.spec.ts']);
    expect(flakyTests(broken, broken)).toEqual([]);
  });
});
