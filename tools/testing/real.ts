// Suites that need a real server: they get its address, or are skipped with the reason in their name.
import { describe, test } from '@jest/globals';
import { testVariables } from '../infra/variables.ts';
import type { PieceName } from '../infra/vocabulary.ts';

/** Stands where an address would, so that a skipped suite can register its tests and they are counted. */
const nowhere: Record<PieceName, string> = {
  postgres: 'postgresql://nobody:nothing@unavailable.invalid:1/none',
  kafka: 'unavailable.invalid:1',
  redis: 'redis://unavailable.invalid:1',
  docker: 'unix:///unavailable.invalid',
  mysql: 'mysql://nobody:nothing@unavailable.invalid:1/none',
};

export const skipMark = 'skipped:';

/** `describe` for tests against a real piece; on CI a piece that is missing fails instead of being skipped. */
export const describeWith = (piece: PieceName, name: string, tests: (address: string) => void): void => {
  const variables = testVariables[piece];
  const address = process.env[variables.address];
  if (address) {
    describe(name, () => tests(address));
    return;
  }
  const missing =
    process.env[variables.missing] ?? `${variables.address} is not set: node tools/test.mjs integration PATH sets it`;
  if (process.env['CI'] === 'true') {
    test(`${name}: ${piece} can be had on the CI machine`, () => {
      throw new Error(`${piece} is missing: ${missing}`);
    });
    return;
  }
  describe.skip(`${name} [${skipMark} no ${piece}: ${missing}]`, () => tests(nowhere[piece]));
};
