// Reads the JSON that `jest --json` writes. Only the fields we use, checked where they come in.
import * as z from 'zod';
import { skipMark } from '../testing/skip-mark.ts';
import type { Skip, SuiteOutcome } from './outcome.ts';

const assertion = z.object({
  status: z.enum(['passed', 'failed', 'pending', 'todo', 'skipped', 'disabled', 'focused']),
  ancestorTitles: z.array(z.string()),
  title: z.string(),
});

const report = z.object({
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(assertion) })),
});

type Assertion = z.infer<typeof assertion>;

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
export const readJestReport = (text: string): Pick<SuiteOutcome, 'passed' | 'failed' | 'skips' | 'words'> => {
  const { testResults } = report.parse(JSON.parse(text));
  const assertions = testResults.flatMap(({ assertionResults }) => assertionResults);
  const skips = skipsOf(assertions);
  const unexplained = assertions.filter((each) => isSkipped(each) && reasonIn(each.ancestorTitles) === undefined);
  const broken = testResults.filter(({ status, assertionResults }) => {
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
