import { gitOpsProviderContract } from './gitops-provider.contract.ts';
import { memoryGitOps } from './memory-gitops.ts';
import { environmentSpec } from './test-environment-world.ts';

const provider = memoryGitOps();
let made = 0;

gitOpsProviderContract('memoryGitOps', () => ({
  provider,
  target: () => {
    made += 1;
    return { id: `e${made}`, workspace: 'acme', spec: environmentSpec(made), resources: [] };
  },
  owns: ({ spec }) => ({ kind: 'Namespace', name: spec.namespace }),
  becomeHealthy: async ({ spec }) => provider.becomeHealthy(spec.namespace),
  degrade: async ({ spec }) => provider.degrade(spec.namespace, 'orders crashes'),
  removeByHand: async ({ spec }) => provider.removeByHand(spec.namespace),
  remakeByHand: async ({ spec }) => provider.remakeByHand(spec.namespace),
  hold: async ({ spec }) => provider.hold(spec.namespace),
  letGo: async ({ spec }) => provider.letGo(spec.namespace),
  exists: async ({ spec }) => provider.namespaces().includes(spec.namespace),
}));
