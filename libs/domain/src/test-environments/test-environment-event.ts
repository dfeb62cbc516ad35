// The vocabulary of a test environment: what it is and the facts a journal keeps of it. Read this file first; it has no behaviour.
import type { ValueMap } from '../values/value.ts';

export type TestEnvironmentId = string & { readonly __id: 'TestEnvironmentId' };

/** What runs in the namespace, for people to read. */
export interface DeployedService {
  readonly name: string;
  readonly image?: string;
  readonly sourceRef?: string;
  readonly repo?: string;
}

/** What somebody asked for; nothing of it changes during the environment's life. */
export interface TestEnvironmentSpec {
  readonly name: string;
  /** The reuse key within a workspace: `pr-123`, `nightly`. */
  readonly context: string;
  readonly cluster: string;
  readonly provider: string;
  readonly namespace: string;
  /** The Application or Kustomization that makes the namespace; absent where the provider needs none. */
  readonly applicationName?: string;
  readonly ttlMinutes: number;
  /** A provisioning that takes longer has failed. */
  readonly readyWithinMinutes: number;
  readonly services: readonly DeployedService[];
  /** Service name to URL. */
  readonly routingPolicy: Readonly<Record<string, string>>;
  /** Sent with each HTTP request, where isolation goes by headers. */
  readonly routingHeaders?: Readonly<Record<string, string>>;
  /** What only the provider understands: manifests, a template. */
  readonly settings: ValueMap;
}

/** A thing in the cluster that this environment owns, by the identity the cluster gave it. */
export interface BoundResource {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** Where the service of this name is reached, when its provider alone knows; `routingPolicy` goes before. */
  readonly url?: string;
}

/** `at`, `deadline`: milliseconds since 1970. */
export type TestEnvironmentEvent =
  | {
      readonly type: 'TestEnvironmentRegistered';
      readonly spec: TestEnvironmentSpec;
      readonly by: string;
      readonly at: number;
    }
  | {
      readonly type: 'ProvisioningStarted';
      readonly attempt: number;
      readonly deadline: number;
      readonly at: number;
    }
  /** What the environment consists of in the cluster was seen for the first time: only these may ever be deleted for it. */
  | { readonly type: 'ResourcesBound'; readonly resources: readonly BoundResource[]; readonly at: number }
  | { readonly type: 'ProvisioningFailed'; readonly error: string; readonly at: number }
  | { readonly type: 'TestEnvironmentWarmed'; readonly at: number }
  /** It is there and not well: nobody is given it until it is. */
  | { readonly type: 'TestEnvironmentSickened'; readonly error: string; readonly at: number }
  | { readonly type: 'TestEnvironmentAcquired'; readonly run: string; readonly epoch: number; readonly at: number }
  | {
      readonly type: 'TestEnvironmentReleased';
      readonly run: string;
      readonly epoch: number;
      readonly reason: string;
      readonly at: number;
    }
  | {
      readonly type: 'DestroyRequested';
      readonly by: string;
      readonly reason: string;
      readonly forced: boolean;
      readonly at: number;
    }
  /** Something keeps it from going; the attempts go on. */
  | { readonly type: 'DestroyHindered'; readonly error: string; readonly at: number }
  | { readonly type: 'TestEnvironmentDestroyed'; readonly at: number };
