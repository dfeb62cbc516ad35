import {
  type TestEnvironmentSpec,
  type TestEnvironmentState,
  testEnvironmentDecider,
  testEnvironmentEventOf,
  testEnvironmentStream,
} from '@testmesh/domain';
import type { AcquireOutcome, AcquireRequest, EnvironmentRequest, Journal, TestEnvironments } from '@testmesh/ports';

/** A keeper of test environments over an empty journal, with a clock that a test moves. */
export interface TestEnvironmentWorld {
  readonly journal: Journal;
  readonly environments: TestEnvironments;
  readonly advance: (ms: number) => void;
}

export const environmentSpec = (number: number, over: Partial<TestEnvironmentSpec> = {}): TestEnvironmentSpec => ({
  ...{ name: `PR-${number} Review Environment`, context: `pr-${number}`, cluster: 'default', provider: 'argocd' },
  ...{
    namespace: `review-pr-${number}`,
    applicationName: `testmesh-pr-${number}`,
    ttlMinutes: 60,
    readyWithinMinutes: 15,
  },
  ...{ services: [], routingPolicy: { orders: `http://orders.review-pr-${number}:80` }, settings: {} },
  ...over,
});

/** What a test does to environments, in few words. */
export const actsOn = ({ environments }: TestEnvironmentWorld) => {
  const request = async (id: string, ...requests: EnvironmentRequest[]): Promise<void> => {
    for (const each of requests) {
      const result = await environments.request(id, each);
      if (!result.ok) throw new Error(`${each.type} of ${id} was refused: ${result.refusal}`);
    }
  };
  const register = (number: number, over: Partial<TestEnvironmentSpec> = {}, workspace = 'acme') =>
    environments.register({ id: `e${number}`, workspace, by: 'ada', spec: environmentSpec(number, over) });
  return {
    request,
    register,
    /** Registered and made ready. */
    warm: async (number: number, over: Partial<TestEnvironmentSpec> = {}): Promise<void> => {
      await register(number, over);
      await request(`e${number}`, { type: 'StartProvisioning' }, { type: 'ReportHealthy' });
    },
    /** For the context of environment 1; `id` is the one that would be registered. */
    acquire: (run: string, over: Partial<AcquireRequest> & { readonly id?: string } = {}): Promise<AcquireOutcome> => {
      const { id = 'e1', ...rest } = over;
      const spec = environmentSpec(Number(id.slice(1)), { context: 'pr-1' });
      const wanted = {
        run,
        workspace: 'acme',
        context: 'pr-1',
        onBusy: 'wait',
        leaseMs: 60_000,
        waitMs: 10_000,
      } as const;
      return environments.acquire({ ...wanted, environment: { id, spec }, ...rest });
    },
  };
};

/** The state as the environment's history tells it. */
export const foldedEnvironment = async (journal: Journal, id: string): Promise<TestEnvironmentState> => {
  let state = testEnvironmentDecider.initial;
  for await (const event of journal.read(testEnvironmentStream(id))) {
    state = testEnvironmentDecider.evolve(state, testEnvironmentEventOf(event));
  }
  return state;
};
