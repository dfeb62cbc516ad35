// One transform for every suite: sources are ES modules with `.ts` import specifiers, so Jest, Node and the bundler read the same files.
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2024', parser: { syntax: 'typescript', decorators: true } }, module: { type: 'es6' } },
  ],
};
const suite = (displayName, testMatch, extra = {}) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  modulePathIgnorePatterns: ['/dist/', '/.testmesh/'],
  ...extra,
});

export default {
  // Guards against a hang alone: no test measures time, and machines are busy. Jest reads it here and not in a project.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/tools/verify/longest-first.mjs',
  projects: [
    suite('unit', ['<rootDir>/{libs,services,apps,demo,tools}/**/*.spec.ts'], {
      // Without a sandbox per file: nothing of a unit spec lasts, and loading everything anew was two thirds of their time.
      runner: process.env.TESTMESH_TEST_ALONE ? '<rootDir>/tools/testing/each-alone.mjs' : 'jest-light-runner',
      setupFiles: ['<rootDir>/tools/testing/unit-globals.mjs'],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$'],
    }),
    suite('integration', ['<rootDir>/{libs,services,apps,demo,tools}/**/*.int.spec.ts'], {
      moduleNameMapper: { '^fast-check$': '<rootDir>/tools/testing/properties.mjs' },
    }),
    suite('e2e', ['<rootDir>/e2e/**/*.e2e.spec.ts']),
  ],
};
