import type {
  BoundResource,
  LiveEnvironment,
  OnBusy,
  TestEnvironmentCommand,
  TestEnvironmentRefusal,
  TestEnvironmentSpec,
  TestEnvironmentState,
} from '@testmesh/domain';

// Test environments: who has one, and what is to be done about it. A row changes together with its event in the journal.
// E1. What happens to an environment is decided by `testEnvironmentDecider` on its locked row; the row is the fold of its stream.
// E2. Only the keeper's own clock (the database's) says when a lease, a wait, a piece of work or an environment's time is over.
// E3. A namespace, or an application, of a cluster belongs to one environment over all workspaces until that is destroyed.
// E4. A piece of work is done by one process at a time; what comes of it is taken only while the work is its own.
// E5. Who asked for an environment and for its end stands in the audit of its workspace as well, in the same transaction.

export interface NewTestEnvironment {
  readonly id: string;
  readonly workspace: string;
  readonly spec: TestEnvironmentSpec;
  readonly by: string;
}

export interface StoredTestEnvironment {
  readonly id: string;
  readonly workspace: string;
  readonly state: Exclude<TestEnvironmentState, { readonly status: 'absent' }>;
}

export type NameTaken = 'NamespaceTaken' | 'ApplicationTaken';

export type Registration =
  | { readonly ok: true; readonly environment: StoredTestEnvironment }
  | { readonly ok: false; readonly refusal: NameTaken | 'TestEnvironmentAlreadyRegistered' };

/** A command as it is asked for: the keeper says what time it is. */
export type EnvironmentRequest = TestEnvironmentCommand extends infer Command
  ? Command extends { readonly type: 'RegisterTestEnvironment' }
    ? never
    : Omit<Command, 'now'>
  : never;

export type Commanded =
  | { readonly ok: true; readonly environment: StoredTestEnvironment }
  | { readonly ok: false; readonly refusal: TestEnvironmentRefusal };

export interface AcquireRequest {
  readonly run: string;
  readonly workspace: string;
  /** The reuse key. */
  readonly context: string;
  readonly onBusy: OnBusy;
  /**
   * Registered when there is none of the context that will do. Where nobody said how one is made, it is as the last of the context
   * was, if that came to its end by itself.
   */
  readonly environment: Pick<NewTestEnvironment, 'id'> & Partial<Pick<NewTestEnvironment, 'spec'>>;
  readonly leaseMs: number;
  /** A run that waits and does not ask again within this time waits no more. */
  readonly waitMs: number;
}

export type AcquireOutcome =
  | {
      readonly outcome: 'acquired';
      readonly id: string;
      readonly epoch: number;
      readonly spec: TestEnvironmentSpec;
      readonly resources: readonly BoundResource[];
    }
  | { readonly outcome: 'waiting'; readonly id: string; readonly status: LiveEnvironment['status'] }
  /** The provisioning it waited for failed. */
  | { readonly outcome: 'failed'; readonly id: string; readonly error: string }
  | { readonly outcome: 'busy'; readonly id: string; readonly holder: string | undefined }
  /** There is none that will do, and nobody said how one is made. */
  | { readonly outcome: 'none' }
  /** The one that would be made needs this name, which another one has. */
  | { readonly outcome: 'refused'; readonly refusal: NameTaken; readonly name: string };

/** A run's hold on an environment; the epoch is the fencing token. */
export interface EnvironmentLease {
  readonly id: string;
  readonly run: string;
  readonly epoch: number;
}

/** An environment that has to be looked at, for one process until `forMs` are over. */
export interface EnvironmentWork extends StoredTestEnvironment {
  readonly token: number;
  /** The stream's version it was taken at. */
  readonly ver: number;
  /** The keeper's clock when it was taken, milliseconds. */
  readonly now: number;
  /** When it was to be looked at: another time by the end tells of a hint meanwhile. */
  readonly due: number;
}

export interface TestEnvironmentQuery {
  readonly workspace: string;
  readonly context?: string;
  /** Destroyed ones are left out unless asked for. */
  readonly withDestroyed?: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface TestEnvironments {
  readonly register: (environment: NewTestEnvironment) => Promise<Registration>;
  readonly request: (id: string, request: EnvironmentRequest) => Promise<Commanded>;
  readonly find: (id: string) => Promise<StoredTestEnvironment | undefined>;
  /** The newest first. */
  readonly list: (
    query: TestEnvironmentQuery,
  ) => Promise<{ readonly items: readonly StoredTestEnvironment[]; readonly total: number }>;

  /** Gives the run an environment, or a place in its queue; asked again until it is acquired. */
  readonly acquire: (request: AcquireRequest) => Promise<AcquireOutcome>;
  /** The run waits no more. */
  readonly leave: (run: string) => Promise<void>;
  /** False when the lease is not the run's any more: it has to stop using the environment. */
  readonly extend: (lease: EnvironmentLease, leaseMs: number) => Promise<boolean>;
  /** False when it was not held. */
  readonly release: (lease: EnvironmentLease, reason: string) => Promise<boolean>;
  /** Takes environments from runs whose lease has ended; their ids. */
  readonly reap: (limit: number) => Promise<readonly string[]>;

  /** Asks for the end of environments whose time is over; their ids. */
  readonly sweep: (limit: number) => Promise<readonly string[]>;
  /** Drops the rows of environments destroyed longer ago than this; how many. The journal keeps their history. */
  readonly forget: (olderThanMs: number, limit: number) => Promise<number>;

  /** Environments whose time to be looked at has come. */
  readonly takeWork: (limit: number, forMs: number) => Promise<readonly EnvironmentWork[]>;
  /** Something changed in this namespace: its environment is due at once, also when it is being looked at. False when there is none. */
  readonly lookAgain: (cluster: string, namespace: string) => Promise<boolean>;
  /**
   * Says what came of it and when to look again: sooner where somebody else changed the environment, or hinted at it, meanwhile. Requests that the
   * decider refuses change nothing. False when the work was given to somebody else.
   */
  readonly settle: (
    work: EnvironmentWork,
    requests: readonly EnvironmentRequest[],
    againInMs: number,
  ) => Promise<boolean>;
}
