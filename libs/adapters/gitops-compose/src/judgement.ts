// How the containers of an environment stand, from what Docker says of each; nothing here asks Docker.
import type { ComposeService, ComposeServices, Condition } from './compose-file.ts';

/** A container of a service; absent where none was made yet. */
export interface ContainerState {
  readonly id: string;
  readonly status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Since it was started. */
  readonly ranForMs: number;
  readonly exitCode: number;
  readonly isOutOfMemory: boolean;
  /** Absent where the container has no health check. */
  readonly health?: { readonly status: string; readonly said: string };
  /** What it wrote last, where that was asked. */
  readonly lines?: string;
  /** Port of the container (`80/tcp`) to port of this machine. */
  readonly ports: Readonly<Record<string, number>>;
}

export type ContainerStates = ReadonlyMap<string, ContainerState>;

export type Judgement =
  | { readonly health: 'healthy' }
  | { readonly health: 'progressing' | 'degraded'; readonly message: string };

/** All services are what they should be, or the first thing that is wrong, or everything that is still to come. */
export const judged = (services: ComposeServices, states: ContainerStates): Judgement => {
  const each = [...services].map(([name]) => judgedService(services, name, states.get(name)));
  const wrong = each.filter(({ health }) => health === 'degraded');
  const coming = each.filter(({ health }) => health === 'progressing');
  if (wrong.length > 0) return { health: 'degraded', message: messagesOf(wrong) };
  if (coming.length > 0) return { health: 'progressing', message: messagesOf(coming) };
  return { health: 'healthy' };
};

const messagesOf = (judgements: readonly Judgement[]): string =>
  judgements.map((judgement) => ('message' in judgement ? judgement.message : '')).join('; ');

const judgedService = (services: ComposeServices, name: string, state: ContainerState | undefined): Judgement => {
  const service = `the service "${name}"`;
  if (state === undefined) return { health: 'progressing', message: `${service} is not made yet` };
  switch (state.status) {
    case 'created':
    case 'restarting':
      return { health: 'progressing', message: `${service} is being started` };
    case 'running':
      return judgedHealth(service, state, isExpected(services, name, 'service_healthy'));
    case 'exited':
      return judgedEnd(service, state, isExpected(services, name, 'service_completed_successfully'));
    case 'paused':
    case 'removing':
    case 'dead':
      return { health: 'degraded', message: `${service} is ${state.status}` };
  }
};

/** What has no health check is taken for well when it still runs after this long: what cannot start ends sooner. */
const SETTLED_MS = 2000;

const judgedHealth = (service: string, { health, ranForMs }: ContainerState, isAwaited: boolean): Judgement => {
  if (health === undefined) {
    if (isAwaited)
      return { health: 'degraded', message: `${service} has no health check, and others wait for it to be healthy` };
    if (ranForMs >= SETTLED_MS) return { health: 'healthy' };
    return { health: 'progressing', message: `${service} was started this moment, and has no health check` };
  }
  if (health.status === 'healthy') return { health: 'healthy' };
  const said = health.said === '' ? '' : `: ${health.said}`;
  if (health.status === 'unhealthy') return { health: 'degraded', message: `${service} is unhealthy${said}` };
  return { health: 'progressing', message: `${service} is not healthy yet${said}` };
};

const judgedEnd = (service: string, state: ContainerState, isAwaited: boolean): Judgement => {
  const { exitCode, isOutOfMemory, lines = '' } = state;
  if (exitCode === 0 && isAwaited) return { health: 'healthy' };
  const why = isOutOfMemory ? ' because its memory was used up' : ` with exit code ${exitCode}`;
  const wrote = lines === '' ? '' : `; it wrote last: ${lines}`;
  return { health: 'degraded', message: `${service} ended${why}${wrote}` };
};

const isExpected = (services: ComposeServices, name: string, condition: Condition): boolean =>
  [...services.values()].some(({ depends_on }) => depends_on[name]?.condition === condition);

/** Whether everything that a service waits for is as it wants it. */
export const mayStart = ({ depends_on }: ComposeService, states: ContainerStates): boolean =>
  Object.entries(depends_on).every(([name, { condition }]) => isMet(condition, states.get(name)));

const isMet = (condition: Condition, state: ContainerState | undefined): boolean => {
  if (state === undefined) return false;
  switch (condition) {
    case 'service_started':
      return state.status === 'running' || state.status === 'exited';
    case 'service_healthy':
      return state.status === 'running' && state.health?.status === 'healthy';
    case 'service_completed_successfully':
      return state.status === 'exited' && state.exitCode === 0;
  }
};
