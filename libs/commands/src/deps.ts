import type { AskedTestEnvironment, Placement } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { ActionCatalogue } from '@testmesh/flow';
import type { BundleStore, Clock, Journal, RunQueue, RunSecrets } from '@testmesh/ports';

// What commands need of the world. Rows come from adapters, runs from the journal; a spec gives memory versions.

/** A flow kept on the server. */
export interface StoredFlow {
  readonly id: string;
  readonly name: string;
  /** Where diagnostics say they point: `flows/checkout.yaml`. */
  readonly file: string;
  readonly text: string;
  /** Further files it names: path → hash of a blob. */
  readonly files?: ReadonlyMap<string, string>;
}

export interface FlowLookup {
  readonly byId: (workspace: string, id: string) => Promise<StoredFlow | undefined>;
}

/** An environment in the form of `environments/NAME.yaml`, secrets in clear: it never leaves the server in an answer. */
export interface NamedEnvironment {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** A run here has to be confirmed by the environment's name. */
  readonly isProtected?: boolean;
}

export interface EnvironmentLookup {
  /** By name or by id. */
  readonly find: (workspace: string, nameOrId: string) => Promise<NamedEnvironment | undefined>;
}

/** Which run an idempotency key stands for. */
export interface IdempotencyClaim {
  readonly workspace: string;
  readonly key: string;
  /** sha256 of the request, hex. */
  readonly fingerprint: string;
  /** The id to take when the key is new. */
  readonly runId: string;
  readonly atMs: number;
}

export interface IdempotencyKeys {
  /** Keeps the claim when the key is new to the workspace; answers with what is kept, at least 24 hours long. */
  readonly claim: (claim: IdempotencyClaim) => Promise<Pick<IdempotencyClaim, 'fingerprint' | 'runId'>>;
  /** Forgets a claim whose request came to nothing, so that it may be sent again. */
  readonly release: (claim: Pick<IdempotencyClaim, 'workspace' | 'key' | 'runId'>) => Promise<void>;
}

/** What asking for a run needs. */
export interface RequestDeps {
  readonly journal: Journal;
  readonly queue: Pick<RunQueue, 'request'>;
  readonly blobs: BundleStore;
  readonly secrets: RunSecrets;
  readonly flows: FlowLookup;
  readonly environments: EnvironmentLookup;
  readonly idempotency: IdempotencyKeys;
  readonly clock: Clock;
  /** The actions this build knows. */
  readonly catalogue: ActionCatalogue;
}

/** Who asks. */
export interface Requester {
  readonly workspace: string;
  /** As it stands in events: `key:…`, `schedule:…` or `local`. */
  readonly actor: string;
}

/** A stored flow that is to be run. */
export interface StoredRun extends Partial<Placement> {
  readonly flowId: string;
  readonly environment: string | null;
  /** Its name once more, where whoever asked confirmed it. */
  readonly confirmedEnvironment: string | null;
  readonly variables: ValueMap;
  /** Variables that are credentials elsewhere. */
  readonly secretNames?: readonly string[];
  /** Of its test environment, over what the flow says. */
  readonly testEnvironment?: AskedTestEnvironment | null;
}
