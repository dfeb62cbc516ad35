import { argoCdProvider } from '@testmesh/gitops-argocd';
import type { Clock, GitOpsProvider, Random, TestEnvironments } from '@testmesh/ports';
import { EnvironmentReconciler, EnvironmentSweeper, type OnFault } from '@testmesh/runtime';
import type { EnvManagerSettings } from './settings.ts';

export interface EnvManagerParts {
  readonly environments: TestEnvironments;
  readonly settings: EnvManagerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

export interface EnvManager {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Any number of these may run over one database. */
export const createEnvManager = ({ environments, settings, ...parts }: EnvManagerParts): EnvManager => {
  const providers = new Map<string, GitOpsProvider>();
  if (settings.argoCd !== undefined) providers.set('default/argocd', argoCdProvider(settings.argoCd));
  const reconciler = new EnvironmentReconciler({
    ...parts,
    environments,
    provider: (name, cluster) => providers.get(`${cluster}/${name}`),
    policy: () => settings.names,
  });
  const sweeper = new EnvironmentSweeper({ ...parts, environments, onChange: () => reconciler.wake() });
  return {
    start: () => {
      reconciler.start();
      sweeper.start();
    },
    stop: async () => {
      await Promise.all([reconciler.stop(), sweeper.stop()]);
    },
  };
};
