import type { EnvironmentTarget, GitOpsProvider } from '@testmesh/ports';
import { type MemoryGitOps, memoryGitOps } from '@testmesh/testing';

/** A cluster that takes its time, and now and then fails as clusters do. */
export interface Playground {
  readonly provider: GitOpsProvider;
  /** What the provider wants to know of an environment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly namespaces: () => Promise<readonly string[]>;
  /** Somebody deletes a namespace by hand. */
  readonly removeByHand: (namespace: string) => Promise<void>;
  /** Tells of namespaces in which something changed. */
  readonly follow: (told: (namespace: string) => void) => void;
  readonly close: () => Promise<void>;
}

const READY_WITHIN_MS = 1500;
const FAILS = 0.02;
const HELD = 0.05;
const HELD_MS = 2000;

export const memoryPlayground = (random: () => number): Playground => {
  const cluster = memoryGitOps();
  const known = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const later = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  let tell = (_namespace: string): void => undefined;
  const begin = (namespace: string): void => {
    known.add(namespace);
    later(random() * READY_WITHIN_MS, () => {
      settle(cluster, namespace, random());
      tell(namespace);
    });
  };
  const bring = async (target: EnvironmentTarget, signal: AbortSignal) => {
    const { namespace } = target.spec;
    const seen = await cluster.bring(target, signal);
    if (seen.health === 'progressing' && !known.has(namespace)) begin(namespace);
    return seen;
  };
  const destroy = async (target: EnvironmentTarget, signal: AbortSignal) => {
    const { namespace } = target.spec;
    if (known.delete(namespace) && random() < HELD && isThere(cluster, namespace)) {
      cluster.hold(namespace);
      later(HELD_MS, () => isThere(cluster, namespace) && cluster.letGo(namespace));
    }
    return cluster.destroy(target, signal);
  };
  return {
    settings: {},
    provider: { bring, observe: cluster.observe, destroy },
    namespaces: async () => cluster.namespaces(),
    removeByHand: async (namespace) => {
      cluster.removeByHand(namespace);
      tell(namespace);
    },
    follow: (told) => {
      tell = told;
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
};

const isThere = (cluster: MemoryGitOps, namespace: string): boolean => cluster.namespaces().includes(namespace);

const settle = (cluster: MemoryGitOps, namespace: string, chance: number): void => {
  if (!isThere(cluster, namespace)) return;
  if (chance < FAILS) cluster.degrade(namespace, 'an image cannot be pulled');
  else cluster.becomeHealthy(namespace);
};
