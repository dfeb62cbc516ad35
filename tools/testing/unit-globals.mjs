// Unit specs run in plain Node, side by side in one module cache (jest-light-runner): what they import from Jest by name
// are the globals that the runner sets.
import { registerHooks } from 'node:module';

const url = 'jest:globals';
const source = 'export const { describe, test, expect, beforeAll, afterAll, beforeEach, afterEach } = globalThis;';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals' ? { url, shortCircuit: true } : next(specifier, context),
  load: (asked, context, next) =>
    asked === url ? { format: 'module', source, shortCircuit: true } : next(asked, context),
});
