// Suites that need a real server: they get its address, or are skipped with the reason in their name.
import { existsSync } from 'node:fs';
import { describe, test } from '@jest/globals';
import { isRoot } from '../infra/cache.ts';
import { testVariables } from '../infra/variables.ts';
import type { PieceName } from '../infra/vocabulary.ts';
import { skipMark } from './skip-mark.ts';

/** Stands where an address would, so that a skipped suite can register its tests and they are counted. */
const nowhere: Record<PieceName, string> = {
  postgres: 'postgresql://nobody:nothing@unavailable.invalid:1/none',
  kafka: 'unavailable.invalid:1',
  redis: 'redis://unavailable.invalid:1',
  docker: 'unix:///unavailable.invalid',
  mysql: 'mysql://nobody:nothing@unavailable.invalid:1/none',
};

/** Root on Debian can have every piece: there, on CI, nothing may be skipped. */
const isObtainableOnCi = () => process.env['CI'] === 'true' && isRoot && existsSync('/usr/bin/apt-get');

/** `describe` for tests against a real piece; where it could have been had on CI, its absence is a failure. */
export const describeWith = (piece: PieceName, name: string, tests: (address: string) => void): void => {
  const variables = testVariables[piece];
  const address = process.env[variables.address];
  if (address) {
    describe(name, () => tests(address));
    return;
  }
  const missing =
    process.env[variables.missing] ?? `${variables.address} is not set: node tools/test.mjs integration PATH sets it`;
  if (isObtainableOnCi()) {
    test(`${name}: ${piece} can be had on this machine`, () => {
      throw new Error(`${piece} is missing: ${missing}`);
    });
    return;
  }
  describe.skip(`${name} [${skipMark} no ${piece}: ${missing}]`, () => tests(nowhere[piece]));
};
