import { expect, test } from '@jest/globals';
import { type ActionCatalogue, readFlow } from '@testmesh/flow';
import { refusingPlugins } from './plugin-refusal.ts';

const catalogue: ActionCatalogue = { names: ['log'], load: async () => undefined };
const text = 'flow:\n  name: f\n  steps:\n    - id: db\n      action: k8s_job\n';

const found = async (pluginActions?: Record<string, string>) => {
  const { diagnostics } = await readFlow({ file: 'f.yaml', text }, refusingPlugins(catalogue, pluginActions));
  return diagnostics.map(({ code, message, span }) => [code, message, span.line]);
};

test('an action of a plugin that the server does not load is refused where it stands, with the reason', async () => {
  expect(await found({ k8s_job: '@acme/k8s' })).toEqual([
    ['TM6205', '`k8s_job` is an action of the plugin @acme/k8s, which this server does not allow', 5],
  ]);
});

test('an action that nobody knows is told as ever', async () => {
  expect(await found()).toEqual([['TM1201', 'there is no action `k8s_job`', 5]]);
  expect(await found({ other: '@acme/k8s' })).toEqual([['TM1201', 'there is no action `k8s_job`', 5]]);
});
