import { afterEach } from '@jest/globals';
import type { Action } from '@testmesh/action-kit';
import { dataOf, type Envelope, type RunEvent, runEventOf, runEventVersion } from '@testmesh/domain';
import type { Flow } from '@testmesh/flow';
import type { RunQueue } from '@testmesh/ports';
import {
  type FakeClock,
  fakeAction,
  fakeClock,
  flow,
  type MemoryJournal,
  type MemoryQueue,
  memoryBlobs,
  memoryJournal,
  memoryQueue,
  memorySecrets,
  stepOf,
} from '@testmesh/testing';
import { ClaimLoop, type ClaimLoopOptions } from './claim-loop.ts';
import { eventId } from './event-id.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { RunCarrier, type RunCarrierOptions } from './run-carrier.ts';
import type { RunSource } from './run-source.ts';
import { seededRandom } from './seeded-random.ts';

export const LEASE_MS = 15_000;

const requested: RunEvent = {
  type: 'RunRequested',
  flow: { name: 'test flow', file: 'flows/test.yaml', hash: '0'.repeat(64) },
  variables: {},
  tags: [],
};

/** An event as somebody outside writes it. */
export const envelope = (runId: string, event: RunEvent, over: Partial<Envelope> = {}): Envelope => ({
  id: eventId(`run-${runId}`, 0, 1),
  stream: `run-${runId}`,
  type: event.type,
  sv: runEventVersion(event.type),
  workspace: 'acme',
  epoch: 0,
  actor: 'api',
  time: Date.UTC(2030, 0, 1) * 1000,
  data: dataOf(event),
  ...over,
});

// A test that fails leaves loops behind, and on a clock that jumps by itself they would never rest.
const platforms: { isOver: boolean }[] = [];
const NEVER = new Promise<never>(() => undefined);
afterEach(() => {
  for (const platform of platforms.splice(0)) platform.isOver = true;
});

/** The platform's memory: what executors share. */
export class Platform {
  readonly clock: FakeClock;
  readonly journal: MemoryJournal = memoryJournal();
  readonly queue: MemoryQueue;
  readonly secrets = memorySecrets(this.journal);
  readonly blobs = memoryBlobs();
  readonly faults: string[] = [];
  readonly log: string[] = [];

  constructor(clock = fakeClock({ auto: true })) {
    const platform = { isOver: false };
    platforms.push(platform);
    const sleep: FakeClock['sleep'] = (...given) => (platform.isOver ? NEVER : clock.sleep(...given));
    this.clock = { ...clock, sleep };
    this.queue = memoryQueue({ journal: this.journal, clock: this.clock });
  }

  async request(...runIds: readonly string[]): Promise<void> {
    await this.queue.request(
      runIds.map((runId) => ({
        runId,
        workspace: 'acme',
        pool: 'default',
        priority: 0,
        exclusive: [],
        event: envelope(runId, requested),
      })),
    );
  }

  types(runId: string): readonly string[] {
    return this.journal.eventsOf(`run-${runId}`).map(({ type }) => type);
  }

  facts(runId: string): readonly RunEvent[] {
    return this.journal.eventsOf(`run-${runId}`).map(runEventOf);
  }

  /** Lets time pass until it holds; fails after ten minutes of it. */
  async until(holds: () => boolean): Promise<void> {
    const start = this.clock.now();
    while (!holds()) {
      if (this.clock.now() - start > 600_000) throw new Error(`waited in vain; faults: ${this.faults.join('; ')}`);
      await this.clock.sleep(20);
    }
  }

  leases(executor: string, queue: Pick<RunQueue, 'heartbeat'> = this.queue): LeaseKeeper {
    const { clock } = this;
    return new LeaseKeeper({ queue, clock, executor, leaseMs: LEASE_MS, onFault: this.onFault });
  }

  carrier(executor: string, actions: Action | RunSource, over: Partial<RunCarrierOptions> = {}): RunCarrier {
    const source = 'load' in actions ? actions : sourceOf(oneStep);
    const action = 'load' in actions ? fakeAction() : actions;
    return new RunCarrier({
      journal: this.journal,
      queue: this.queue,
      secrets: this.secrets,
      source,
      executor,
      engine: { blobs: this.blobs, clock: this.clock, random: seededRandom, action: async () => action },
      log: (runId, message) => void this.log.push(`${runId}: ${message}`),
      ...over,
    });
  }

  executor(executor: string, actions: Action | RunSource, over: Partial<ClaimLoopOptions> = {}): ClaimLoop {
    return new ClaimLoop({
      queue: this.queue,
      leases: this.leases(executor),
      carry: this.carrier(executor, actions).carry,
      clock: this.clock,
      random: seededRandom(executor),
      executor,
      pools: ['default'],
      slots: 2,
      leaseMs: LEASE_MS,
      onFault: this.onFault,
      ...over,
    });
  }

  readonly onFault = ({ loop, error }: { readonly loop: string; readonly error: unknown }): void =>
    void this.faults.push(`${loop}: ${error instanceof Error ? error.message : String(error)}`);
}

export const oneStep = flow({ steps: [stepOf.action('only', { config: { n: 1 }, assert: ['n == 1'] })] });

/** A source whose runs all carry out one flow. */
export const sourceOf = (theFlow: Flow): RunSource => ({
  load: async (runId) => ({
    input: {
      runId,
      flow: theFlow,
      variables: new Map(),
      envFileVariables: new Map(),
      flowEnvFileVariables: new Map(),
      osVariables: new Map(),
      secretNames: [],
      seed: runId,
      tags: [],
    },
    files: {
      childFlow: (path) => Promise.reject(new Error(`no flow ${path}`)),
      readFile: (path) => Promise.reject(new Error(`no file ${path}`)),
      glob: async () => [],
    },
  }),
});
