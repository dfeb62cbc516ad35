// Reads the JSON that `jest --json` writes. Only the fields we use, checked where they come in.
import * as z from 'zod';
import { skipMark } from '../testing/skip-mark.ts';
import type { Skip, SuiteOutcome } from './outcome.ts';

const assertion = z.object({
  status: z.enum(['passed', 'failed', 'pending', 'todo', 'skipped', 'disabled', 'focused']),
  ancestorTitles: z.array(z.string()),
  title: z.string(),
});

const fileResult = z.object({ name: z.string(), status: z.string(), assertionResults: z.array(assertion) });
const report = z.object({ testResults: z.array(fileResult) });

type Assertion = z.infer<typeof assertion>;
/** One spec file's tests, and whether the file as a whole passed. */
export type FileResult = z.infer<typeof fileResult>;

export const readJestReport = (text: string): readonly FileResult[] => report.parse(JSON.parse(text)).testResults;

export const failedFiles = (results: readonly FileResult[]): string[] =>
  results.filter(({ status }) => status === 'failed').map(({ name }) => name);

/** The results with those of the second run in place of the first's, file by file. */
export const replaced = (first: readonly FileResult[], second: readonly FileResult[]): readonly FileResult[] =>
  first.map((one) => second.find(({ name }) => name === one.name) ?? one);

/** What failed in the first run and not in the second: the tests, or the file where it was not for a test of it. */
export const flakyTests = (first: readonly FileResult[], second: readonly FileResult[]): string[] => {
  const failing = (results: readonly FileResult[]) =>
    results
      .filter(({ status }) => status === 'failed')
      .flatMap(({ name, assertionResults }) => {
        const tests = assertionResults.filter(({ status }) => status === 'failed').map(nameOf);
        return tests.length === 0 ? [name] : tests;
      });
  const still = new Set(failing(second));
  return failing(first).filter((name) => !still.has(name));
};

const reasonIn = (titles: readonly string[]): string | undefined => {
  const marked = titles.map((title) => title.indexOf(skipMark)).findIndex((at) => at >= 0);
  const title = titles[marked];
  return title?.slice(title.indexOf(skipMark) + skipMark.length, -1).trim();
};

const nameOf = ({ ancestorTitles, title }: Assertion) => [...ancestorTitles, title].join(' › ');

const isSkipped = ({ status }: Assertion) => status !== 'passed' && status !== 'failed';

const skipsOf = (assertions: readonly Assertion[]): Skip[] =>
  assertions.filter(isSkipped).flatMap((each) => {
    const reason = reasonIn(each.ancestorTitles);
    return reason === undefined ? [] : [{ test: nameOf(each), reason }];
  });

/**
 * Counts tests, and as one failure each: a file that could not be run at all, and a test skipped without a reason
 * (`test.skip`, `test.todo`, an `.only` beside it).
 */
export const countsOf = (
  results: readonly FileResult[],
): Pick<SuiteOutcome, 'passed' | 'failed' | 'skips' | 'words'> => {
  const assertions = results.flatMap(({ assertionResults }) => assertionResults);
  const skips = skipsOf(assertions);
  const unexplained = assertions.filter((each) => isSkipped(each) && reasonIn(each.ancestorTitles) === undefined);
  const broken = results.filter(({ status, assertionResults }) => {
    return status === 'failed' && assertionResults.every((each) => each.status !== 'failed');
  });
  const failed = assertions.filter(({ status }) => status === 'failed').length;
  return {
    passed: assertions.filter(({ status }) => status === 'passed').length,
    failed: failed + broken.length + unexplained.length,
    skips,
    words: [
      ...assertions.filter(({ status }) => status === 'failed').map((each) => `failed: ${nameOf(each)}`),
      ...broken.map(({ name }) => `could not be run: ${name}`),
      ...unexplained.map((each) => `skipped without a reason: ${nameOf(each)}`),
    ].join('\n'),
  };
};
