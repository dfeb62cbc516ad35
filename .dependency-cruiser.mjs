// Turns the layer table (tools/layers.mjs) into rules. Specs, fixtures and contract suites may use the testing library and the root's
// development packages on top of what their layer may use; nothing but them may.
import { driverFreeEntry, drivers, layers } from './tools/layers.mjs';

const literally = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const folders = (names) => names.map((name) => `^${literally(layers.find((layer) => layer.name === name).folder)}/`);
const inPackages = (names) => `(^|/)node_modules/(@types/)?(${names.map(literally).join('|')})(/|$)`;

const spec = '\\.(spec|contract|fixture)\\.ts$|/src/testing/';
const ours = '^(libs|services|apps|demo|tools|bench|e2e)/';
/** How a program is built is no part of it. */
const build = '/build\\.mjs$';

const rulesOf = ({ name, folder, layers: allowed, packages, node }) => {
  const from = { path: `^${literally(folder)}/`, pathNot: [spec, build] };
  const own = [`^${literally(folder)}/`, ...folders(allowed)];
  const rules = [
    {
      name: `layer-${name}`,
      comment: `${folder} may import ${allowed.join(', ') || 'no other layer'} (tools/layers.mjs)`,
      severity: 'error',
      from,
      to: { path: ours, pathNot: own },
    },
    {
      name: `packages-${name}`,
      comment: `${folder} may import the npm packages ${packages.join(', ') || '(none)'} (tools/layers.mjs)`,
      severity: 'error',
      from,
      to: { path: '(^|/)node_modules/', pathNot: packages.length > 0 ? [inPackages(packages)] : [] },
    },
  ];
  if (node) return rules;
  const core = { dependencyTypes: ['core'] };
  return [
    ...rules,
    { name: `node-${name}`, comment: `${folder} is pure: no Node module`, severity: 'error', from, to: core },
  ];
};

const specRule = {
  name: 'spec-only',
  comment: 'what only specs use stays out of the product',
  severity: 'error',
  from: { path: '^(libs|services|apps|demo)/', pathNot: [spec, '^libs/testing/'] },
  to: { path: [spec, '^libs/testing/', '^tools/testing/'] },
};

export default {
  forbidden: [
    ...layers.flatMap(rulesOf),
    specRule,
    {
      name: 'no-cycles',
      comment:
        'two files that need each other are one file, or need a third; type imports are erased and may be mutual',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'the import leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'schema-is-driver-free',
      comment: 'validation, documentation and editors load /schema: it must never reach a driver',
      severity: 'error',
      from: { path: driverFreeEntry },
      to: { path: inPackages(drivers), reachable: true },
    },
    {
      name: 'through-the-front-door',
      comment: 'another library is imported by its name, never by a path into it',
      severity: 'error',
      from: { path: '^(libs/(?:actions/|adapters/)?[^/]+|services/[^/]+|apps/[^/]+|demo)/' },
      to: { path: '^libs/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.testmesh)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
