import type { BoundResource, TestEnvironmentSpec } from '@testmesh/domain';

/** An environment as its provider sees it. */
export interface EnvironmentTarget {
  readonly id: string;
  readonly workspace: string;
  readonly spec: TestEnvironmentSpec;
  /** What was seen of it before, by uid: a thing of another uid under the same name is somebody else's. */
  readonly resources: readonly BoundResource[];
}

/** How an environment stands in its cluster; `message` is a sentence for people that names the thing it is about. */
export type Observation =
  | { readonly health: 'healthy'; readonly resources: readonly BoundResource[] }
  | { readonly health: 'progressing'; readonly message: string; readonly resources: readonly BoundResource[] }
  /** It is there and will not become well by waiting. */
  | { readonly health: 'degraded'; readonly message: string; readonly resources: readonly BoundResource[] }
  /** Something it consists of is not there, or is somebody else's now. */
  | { readonly health: 'missing'; readonly message: string }
  /** It can not be made: what was asked for is wrong, or the name is in use. */
  | { readonly health: 'refused'; readonly message: string };

export type Teardown =
  | { readonly outcome: 'gone' }
  /** Deletion goes on; `message` says what is still there. */
  | { readonly outcome: 'going'; readonly message: string };

/**
 * What deploys services into a namespace. Every call may be repeated, by another process too, and is only a step: the caller
 * asks again. What cannot be asked (a cluster that does not answer) is thrown.
 */
export interface GitOpsProvider {
  /** Makes what is missing of the environment, where the provider makes anything, and says how it stands. */
  readonly bring: (target: EnvironmentTarget, signal: AbortSignal) => Promise<Observation>;
  /** Says how it stands and changes nothing. */
  readonly observe: (target: EnvironmentTarget, signal: AbortSignal) => Promise<Observation>;
  /** Deletes what is the environment's own, by uid; `gone` only once nothing of it is left. */
  readonly destroy: (target: EnvironmentTarget, signal: AbortSignal) => Promise<Teardown>;
}
