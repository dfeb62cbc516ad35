import type { NamePolicy } from '@testmesh/domain';
import type { AcquireRequest, GitOpsProvider, TestEnvironments } from '@testmesh/ports';
import {
  type FakeClock,
  fakeClock,
  type MemoryGitOps,
  memoryGitOps,
  memoryJournal,
  memoryTestEnvironments,
} from '@testmesh/testing';
import { seededRandom } from '../seeded-random.ts';
import { EnvironmentReconciler } from './environment-reconciler.ts';

export const MINUTE = 60_000;

export const spec = {
  ...{ name: 'PR-1', context: 'pr-1', cluster: 'default', provider: 'argocd', namespace: 'review-pr-1', settings: {} },
  ...{ ttlMinutes: 60, readyWithinMinutes: 15, services: [], routingPolicy: {} },
};

export const wanted: AcquireRequest = {
  ...{ run: 'r1', workspace: 'acme', context: 'pr-1', onBusy: 'wait', leaseMs: 30_000, waitMs: 10_000 },
  environment: { id: 'e9', spec },
};

/** A keeper, a cluster and whatever loops a test starts, on a clock that it moves. */
export class EnvironmentsFixture {
  readonly clock: FakeClock = fakeClock();
  readonly environments: TestEnvironments = memoryTestEnvironments(memoryJournal(), this.clock);
  readonly gitops: MemoryGitOps = memoryGitOps();
  provider: GitOpsProvider | undefined = this.gitops;
  policy: NamePolicy = { namespaces: ['review-*'], applications: [], reserved: [] };
  readonly faults: unknown[] = [];
  readonly #loops: { start(): void; stop(): Promise<void> }[] = [];

  start(loop: { start(): void; stop(): Promise<void> }): void {
    this.#loops.push(loop);
    loop.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }

  reconcile(seed = 'one'): void {
    const { environments, clock } = this;
    const known = { provider: () => this.provider, policy: () => this.policy };
    const onFault = ({ error }: { readonly error: unknown }) => this.faults.push(error);
    this.start(new EnvironmentReconciler({ environments, ...known, clock, random: seededRandom(seed), onFault }));
  }

  /** Whatever can go on without time passing does so first. */
  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.clock.advance(ms);
  }

  async state(id = 'e1') {
    return (await this.environments.find(id))?.state;
  }

  register(id = 'e1', over: Partial<typeof spec> = {}) {
    return this.environments.register({ id, workspace: 'acme', by: 'ada', spec: { ...spec, ...over } });
  }

  destroy(force = false) {
    return this.environments.request('e1', { type: 'RequestDestroy', by: 'ada', reason: 'done', force });
  }

  /** Registered, reconciled and warm. */
  async ready(): Promise<void> {
    this.gitops.healAtOnce(true);
    await this.register();
    this.reconcile();
    await this.pass(2000);
    const status = (await this.state())?.status;
    if (status !== 'warm') throw new Error(`the environment is ${status}, not warm`);
  }
}
