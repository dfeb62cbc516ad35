import { unreachable } from '../kernel/unreachable.ts';
import type { TestEnvironmentEvent } from './test-environment-event.ts';
import type { LiveEnvironment, TestEnvironmentState } from './test-environment-state.ts';

/** What a fact makes of a test environment; facts that fit nothing change nothing. */
export const evolveTestEnvironment = (
  state: TestEnvironmentState,
  event: TestEnvironmentEvent,
): TestEnvironmentState => {
  if (event.type === 'TestEnvironmentRegistered') {
    const { spec, at } = event;
    return { status: 'cold', spec, registeredAt: at, lastUsedAt: at, attempts: 0, epoch: 0, resources: [] };
  }
  return state.status === 'absent' || state.status === 'destroyed' ? state : live(state, event);
};

type LaterEvent = Exclude<TestEnvironmentEvent, { readonly type: 'TestEnvironmentRegistered' }>;

const live = (state: LiveEnvironment, event: LaterEvent): TestEnvironmentState => {
  const life = lifeOf(state);
  switch (event.type) {
    case 'ProvisioningStarted':
      return { ...well(life), status: 'provisioning', attempts: event.attempt, deadline: event.deadline };
    case 'ResourcesBound':
      return { ...state, resources: [...life.resources, ...event.resources] };
    case 'ProvisioningFailed':
      return { ...life, status: 'cold', error: event.error };
    case 'TestEnvironmentWarmed':
      return warmed(state, event.at);
    case 'TestEnvironmentSickened':
      // One that was ready has to prove itself again.
      return state.status === 'warm'
        ? { ...life, status: 'cooling', error: event.error }
        : { ...state, error: event.error };
    case 'TestEnvironmentAcquired':
      return { ...well(life), status: 'running', run: event.run, epoch: event.epoch, lastUsedAt: event.at };
    case 'TestEnvironmentReleased':
      return { ...life, status: 'cooling', lastUsedAt: event.at };
    case 'DestroyRequested':
      return { ...state, destroying: { by: event.by, reason: event.reason, since: event.at } };
    case 'DestroyHindered':
      return { ...state, error: event.error };
    case 'TestEnvironmentDestroyed':
      return { ...well(life), status: 'destroyed', destroyedAt: event.at };
    default:
      return unreachable(event);
  }
};

type Life = Omit<LiveEnvironment, 'status' | 'run' | 'deadline'>;

/** What stays whatever the status becomes. */
const lifeOf = (state: LiveEnvironment): Life => {
  const { spec, registeredAt, lastUsedAt, attempts, epoch, resources, error, destroying } = state;
  return {
    ...{ spec, registeredAt, lastUsedAt, attempts, epoch, resources },
    ...(error === undefined ? {} : { error }),
    ...(destroying === undefined ? {} : { destroying }),
  };
};

const well = <Rest extends Life>({ error: _error, ...life }: Rest): Omit<Rest, 'error'> => life;

// The TTL of an environment begins when it is ready first; being well again does not prolong it.
const warmed = (state: LiveEnvironment, at: number): TestEnvironmentState => {
  const life = well(lifeOf(state));
  if (state.status === 'running') return { ...life, status: 'running', run: state.run };
  return { ...life, status: 'warm', lastUsedAt: state.status === 'provisioning' ? at : life.lastUsedAt };
};
