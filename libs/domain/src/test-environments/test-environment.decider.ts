import { accept, type Decider, type Decision, refuse } from '../kernel/decider.ts';
import { unreachable } from '../kernel/unreachable.ts';
import { evolveTestEnvironment } from './test-environment.evolve.ts';
import type { BoundResource, TestEnvironmentEvent } from './test-environment-event.ts';
import type {
  LiveEnvironment,
  TestEnvironmentCommand,
  TestEnvironmentRefusal,
  TestEnvironmentState,
} from './test-environment-state.ts';

// What may happen to a test environment. Invariants:
// T1. One holder: a run is given an environment that is idle, well, within its TTL and not on its way out; each time raises the epoch by one.
// T2. Whoever does not hold the current epoch gives nothing back.
// T3. A requested destroy keeps the state and bars acquisition. The end is recorded only when nobody holds it: force takes it
//     from its run in the same decision, everything else waits for the run.
// T4. What was idle for longer than its TTL is on its way out; what is held or being made ready is not.
// T5. A failed provisioning returns to cold with its error, and may be started again.
// T6. What an environment owns in the cluster is told by uid, once per name: a thing that was made anew under that name is somebody else's.
// T7. Time and ids arrive in the command; `evolve` never refuses: history is fact.

type Decided = Decision<TestEnvironmentEvent, TestEnvironmentRefusal>;
type Command<Type extends TestEnvironmentCommand['type']> = Extract<TestEnvironmentCommand, { readonly type: Type }>;

export const testEnvironmentDecider: Decider<
  TestEnvironmentState,
  TestEnvironmentCommand,
  TestEnvironmentEvent,
  TestEnvironmentRefusal
> = {
  initial: { status: 'absent' },

  decide(command, state): Decided {
    if (command.type === 'RegisterTestEnvironment') {
      const { spec, by, now: at } = command;
      return state.status === 'absent'
        ? accept({ type: 'TestEnvironmentRegistered', spec, by, at })
        : refuse('TestEnvironmentAlreadyRegistered');
    }
    if (state.status === 'absent') return refuse('TestEnvironmentNotFound');
    if (state.status === 'destroyed') return refuse('TestEnvironmentDestroyed');
    switch (command.type) {
      case 'StartProvisioning':
        return start(command, state);
      case 'BindResources':
        return bind(command, state);
      case 'FailProvisioning':
        if (state.status !== 'provisioning') return refuse('TestEnvironmentNotProvisioning');
        return accept({ type: 'ProvisioningFailed', error: command.error, at: command.now });
      case 'ReportHealthy':
        return reportHealthy(command, state);
      case 'ReportSick':
        return reportSick(command, state);
      case 'AcquireTestEnvironment':
        return acquire(command, state);
      case 'ReleaseTestEnvironment':
        return release(command, state);
      case 'RequestDestroy':
        return requestDestroy(command, state);
      case 'ExpireTestEnvironment':
        return expire(command, state);
      case 'ReportHindrance':
        return reportHindrance(command, state);
      case 'CompleteDestroy':
        return completeDestroy(command, state);
      default:
        return unreachable(command);
    }
  },

  evolve: evolveTestEnvironment,
};

/** Why an environment is taken from a run that is gone. */
export const leaseEnded = 'the run was not heard of in time';

/** Who asks for the end of an environment that nobody uses any more. */
export const SWEEP = 'the sweep';

/** Who asks for the end of an environment that is gone from its cluster. */
export const RECONCILER = 'the reconciler';

/** When an environment that nobody uses comes to its end. */
export const expiresAt = ({ lastUsedAt, spec }: LiveEnvironment): number => lastUsedAt + spec.ttlMinutes * 60_000;

const start = ({ now: at }: Command<'StartProvisioning'>, state: LiveEnvironment): Decided => {
  if (state.destroying !== undefined) return refuse('TestEnvironmentBeingDestroyed');
  if (state.status !== 'cold') return refuse('TestEnvironmentNotCold');
  const deadline = at + state.spec.readyWithinMinutes * 60_000;
  return accept({ type: 'ProvisioningStarted', attempt: state.attempts + 1, deadline, at });
};

const bind = ({ resources, now: at }: Command<'BindResources'>, state: LiveEnvironment): Decided => {
  if (state.status !== 'provisioning') return refuse('TestEnvironmentNotProvisioning');
  const known = new Map(state.resources.map((resource) => [keyOf(resource), resource.uid]));
  const isReplaced = (resource: BoundResource): boolean =>
    known.has(keyOf(resource)) && known.get(keyOf(resource)) !== resource.uid;
  if (resources.some(isReplaced)) return refuse('ResourceReplaced');
  const fresh = resources.filter((resource) => !known.has(keyOf(resource)));
  return fresh.length === 0 ? refuse('NothingChanged') : accept({ type: 'ResourcesBound', resources: fresh, at });
};

const keyOf = ({ kind, name }: BoundResource): string => `${kind}/${name}`;

const reportHealthy = ({ now: at }: Command<'ReportHealthy'>, state: LiveEnvironment): Decided => {
  if (state.destroying !== undefined) return refuse('TestEnvironmentBeingDestroyed');
  if (state.status === 'cold') return refuse('TestEnvironmentNotProvisioning');
  const isKnown = state.status === 'warm' || (state.status === 'running' && state.error === undefined);
  return isKnown ? refuse('NothingChanged') : accept({ type: 'TestEnvironmentWarmed', at });
};

const reportSick = ({ error, now: at }: Command<'ReportSick'>, state: LiveEnvironment): Decided => {
  if (state.destroying !== undefined) return refuse('TestEnvironmentBeingDestroyed');
  if (state.status === 'cold' || state.status === 'provisioning') return refuse('TestEnvironmentNotReady');
  return state.error === error ? refuse('NothingChanged') : accept({ type: 'TestEnvironmentSickened', error, at });
};

const acquire = ({ run, now: at }: Command<'AcquireTestEnvironment'>, state: LiveEnvironment): Decided => {
  if (state.destroying !== undefined) return refuse('TestEnvironmentBeingDestroyed');
  switch (state.status) {
    case 'running':
      return refuse('TestEnvironmentHeld');
    case 'cold':
    case 'provisioning':
      return refuse('TestEnvironmentNotReady');
    case 'warm':
    case 'cooling':
      if (state.error !== undefined) return refuse('TestEnvironmentSick');
      if (expiresAt(state) < at) return refuse('TestEnvironmentExpired');
      return accept({ type: 'TestEnvironmentAcquired', run, epoch: state.epoch + 1, at });
    default:
      return unreachable(state);
  }
};

const release = (command: Command<'ReleaseTestEnvironment'>, state: LiveEnvironment): Decided => {
  const { run, epoch, reason, now: at } = command;
  const isHolder = state.status === 'running' && state.run === run && state.epoch === epoch;
  return isHolder
    ? accept({ type: 'TestEnvironmentReleased', run, epoch, reason, at })
    : refuse('TestEnvironmentNotHeld');
};

const requestDestroy = (command: Command<'RequestDestroy'>, state: LiveEnvironment): Decided => {
  const { by, reason, force, now: at } = command;
  const takes = force && state.status === 'running';
  if (state.destroying !== undefined && !takes) return refuse('TestEnvironmentBeingDestroyed');
  const requested: TestEnvironmentEvent = { type: 'DestroyRequested', by, reason, forced: takes, at };
  if (!takes) return accept(requested);
  const taken = `${by} destroyed the environment while the run was using it`;
  return accept<TestEnvironmentEvent>(
    { type: 'TestEnvironmentReleased', run: state.run, epoch: state.epoch, reason: taken, at },
    requested,
  );
};

const expire = ({ now: at }: Command<'ExpireTestEnvironment'>, state: LiveEnvironment): Decided => {
  if (state.destroying !== undefined) return refuse('TestEnvironmentBeingDestroyed');
  if (state.status === 'running') return refuse('TestEnvironmentHeld');
  if (state.status === 'provisioning') return refuse('TestEnvironmentNotReady');
  if (expiresAt(state) >= at) return refuse('TestEnvironmentNotExpired');
  const reason = `it was not used for ${state.spec.ttlMinutes} minutes`;
  return accept({ type: 'DestroyRequested', by: SWEEP, reason, forced: false, at });
};

const reportHindrance = ({ error, now: at }: Command<'ReportHindrance'>, state: LiveEnvironment): Decided => {
  if (state.destroying === undefined) return refuse('DestroyNotRequested');
  return state.error === error ? refuse('NothingChanged') : accept({ type: 'DestroyHindered', error, at });
};

const completeDestroy = ({ now: at }: Command<'CompleteDestroy'>, state: LiveEnvironment): Decided => {
  if (state.destroying === undefined) return refuse('DestroyNotRequested');
  return state.status === 'running' ? refuse('TestEnvironmentHeld') : accept({ type: 'TestEnvironmentDestroyed', at });
};
