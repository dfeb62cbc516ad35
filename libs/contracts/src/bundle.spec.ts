import { expect, test } from '@jest/globals';
import { projectFiles } from './bundle.ts';

const files = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`d/${at}`, `${at}`]));

test('files that come with a request are 2,000 at most', () => {
  expect(projectFiles.safeParse(files(2000)).success).toBe(true);
  expect(projectFiles.safeParse(files(2001)).error?.issues).toMatchObject([
    { path: [], message: 'has 2000 files at most' },
  ]);
});
