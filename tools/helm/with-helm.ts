import { beforeAll, describe } from '@jest/globals';
import { skipMark } from '../testing/skip-mark.ts';
import { goVersion, helmProgram } from './helm.ts';

const BUILD_MS = 900_000;
const go = await goVersion();

/** `describe` for tests that use Helm, which Go builds once; skipped where Go is not installed. */
export const describeWithHelm = (name: string, tests: (helm: () => string) => void): void => {
  if (go === undefined) {
    describe.skip(`${name} [${skipMark} no Helm: Go is not on the PATH]`, () => tests(() => ''));
    return;
  }
  describe(name, () => {
    let program = '';
    beforeAll(async () => {
      program = await helmProgram(go);
    }, BUILD_MS);
    tests(() => program);
  });
};
