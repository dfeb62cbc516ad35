import type { Clock, Random, TestEnvironments, Wakeups } from '@testmesh/ports';
import { ENVIRONMENTS_TOPIC, EnvironmentReconciler, EnvironmentSweeper, type OnFault } from '@testmesh/runtime';
import { openProviders } from './providers.ts';
import type { EnvManagerSettings } from './settings.ts';

export interface EnvManagerParts {
  readonly environments: TestEnvironments;
  readonly settings: EnvManagerSettings;
  readonly clock: Clock;
  readonly random: Random;
  /** Hints between those who ask for environments and this. */
  readonly wakeups?: Wakeups;
  /** A provider's call that takes longer is given up. */
  readonly callMs?: number;
  readonly onFault: OnFault;
}

export interface EnvManager {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Any number of these may run over one database. */
export const createEnvManager = ({ environments, settings, wakeups, ...parts }: EnvManagerParts): EnvManager => {
  const onChange = (cluster: string, namespace: string): void => reconciler.changed(cluster, namespace);
  const providers = openProviders({ settings, clock: parts.clock, onFault: parts.onFault, onChange });
  const reconciler: EnvironmentReconciler = new EnvironmentReconciler({
    ...parts,
    environments,
    provider: providers.find,
    policy: () => settings.names,
    onSettled: () => wakeups?.wake(ENVIRONMENTS_TOPIC),
  });
  const sweeper = new EnvironmentSweeper({ ...parts, environments, onChange: () => reconciler.wake() });
  let unfollow: (() => void) | undefined;
  return {
    start: () => {
      unfollow = wakeups?.onWake(ENVIRONMENTS_TOPIC, () => reconciler.wake());
      reconciler.start();
      sweeper.start();
    },
    stop: async () => {
      unfollow?.();
      await Promise.all([reconciler.stop(), sweeper.stop()]);
      await providers.close();
    },
  };
};
