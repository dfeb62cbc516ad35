// Unit specs run in plain Node, side by side in one module cache (jest-light-runner): what they import from Jest by name
// are the globals that the runner sets.
import { registerHooks } from 'node:module';

const url = 'jest:globals';
const source = 'export const { describe, test, expect, beforeAll, afterAll, beforeEach, afterEach } = globalThis;';

const given = new Map([
  ['@jest/globals', url],
  ['fast-check', new URL('properties.mjs', import.meta.url).href],
]);

registerHooks({
  resolve: (specifier, context, next) => {
    const at = given.get(specifier);
    return at === undefined ? next(specifier, context) : { url: at, shortCircuit: true };
  },
  load: (asked, context, next) =>
    asked === url ? { format: 'module', source, shortCircuit: true } : next(asked, context),
});
