// Suites that need a real server: they get its address, or are skipped with the reason in their name.
import { existsSync } from 'node:fs';
import path from 'node:path';
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
  kubernetes: '/unavailable.invalid/kubeconfig',
};

/** Debian's Go is too old to build a Kubernetes API, and it is the one thing that is not fetched here. */
const hasGo = () => (process.env['PATH'] ?? '').split(path.delimiter).some((bin) => existsSync(path.join(bin, 'go')));

const isObtainable: Partial<Record<PieceName, () => boolean>> = { kubernetes: hasGo };

/** Root on Debian can have every piece: there, on CI, nothing may be skipped. */
const isObtainableOnCi = (piece: PieceName) =>
  process.env['CI'] === 'true' && isRoot && existsSync('/usr/bin/apt-get') && (isObtainable[piece]?.() ?? true);

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
  if (isObtainableOnCi(piece)) {
    test(`${name}: ${piece} can be had on this machine`, () => {
      throw new Error(`${piece} is missing: ${missing}`);
    });
    return;
  }
  describe.skip(`${name} [${skipMark} no ${piece}: ${missing}]`, () => tests(nowhere[piece]));
};
