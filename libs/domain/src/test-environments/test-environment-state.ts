// The life of a test environment: where it stands, what may be asked of it, and why it says no.
import type { BoundResource, TestEnvironmentSpec } from './test-environment-event.ts';

interface Life {
  readonly spec: TestEnvironmentSpec;
  readonly registeredAt: number;
  /** When a run last had it, or when it became ready first; the TTL counts from here. */
  readonly lastUsedAt: number;
  /** Provisionings so far. */
  readonly attempts: number;
  /** Acquisitions so far: the fencing token of the lease. */
  readonly epoch: number;
  readonly resources: readonly BoundResource[];
  /** What is wrong with it, in words for people. */
  readonly error?: string;
  /** Somebody asked for its end: nobody is given it any more. */
  readonly destroying?: { readonly by: string; readonly reason: string; readonly since: number };
}

type ColdEnvironment = Life & { readonly status: 'cold' };
type ProvisioningEnvironment = Life & { readonly status: 'provisioning'; readonly deadline: number };
type IdleEnvironment = Life & { readonly status: 'warm' | 'cooling' };
type HeldEnvironment = Life & { readonly status: 'running'; readonly run: string };
export type LiveEnvironment = ColdEnvironment | ProvisioningEnvironment | IdleEnvironment | HeldEnvironment;

export type TestEnvironmentState =
  | { readonly status: 'absent' }
  | LiveEnvironment
  | (Life & { readonly status: 'destroyed'; readonly destroyedAt: number });

export type TestEnvironmentStatus = Exclude<TestEnvironmentState['status'], 'absent'>;

/** `now`: milliseconds since 1970. */
export type TestEnvironmentCommand = { readonly now: number } & (
  | { readonly type: 'RegisterTestEnvironment'; readonly spec: TestEnvironmentSpec; readonly by: string }
  | { readonly type: 'StartProvisioning' }
  | { readonly type: 'BindResources'; readonly resources: readonly BoundResource[] }
  | { readonly type: 'FailProvisioning'; readonly error: string }
  | { readonly type: 'ReportHealthy' }
  | { readonly type: 'ReportSick'; readonly error: string }
  | { readonly type: 'AcquireTestEnvironment'; readonly run: string }
  | {
      readonly type: 'ReleaseTestEnvironment';
      readonly run: string;
      readonly epoch: number;
      readonly reason: string;
    }
  /** `force` takes it from the run that holds it. */
  | { readonly type: 'RequestDestroy'; readonly by: string; readonly reason: string; readonly force: boolean }
  | { readonly type: 'ExpireTestEnvironment' }
  | { readonly type: 'ReportHindrance'; readonly error: string }
  | { readonly type: 'CompleteDestroy' }
);

export type TestEnvironmentRefusal =
  | 'TestEnvironmentAlreadyRegistered'
  | 'TestEnvironmentNotFound'
  | 'TestEnvironmentDestroyed'
  | 'TestEnvironmentBeingDestroyed'
  | 'TestEnvironmentNotCold'
  | 'TestEnvironmentNotProvisioning'
  | 'TestEnvironmentNotReady'
  | 'TestEnvironmentSick'
  | 'TestEnvironmentExpired'
  | 'TestEnvironmentNotExpired'
  | 'TestEnvironmentHeld'
  | 'TestEnvironmentNotHeld'
  | 'ResourceReplaced'
  | 'DestroyNotRequested'
  | 'NothingChanged';
