// What Argo CD says of an Application, as far as it is read here. Everything is optional: a controller fills it in as it goes.
import type { Observation } from '@testmesh/ports';

export interface ArgoApplication {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly spec?: { readonly destination?: { readonly namespace?: string }; readonly syncPolicy?: unknown };
  readonly status?: {
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly sync?: { readonly status?: string };
    readonly operationState?: { readonly phase?: string; readonly message?: string };
    readonly conditions?: readonly { readonly type?: string; readonly message?: string }[];
    readonly resources?: readonly ArgoResource[];
  };
}

interface ArgoResource {
  readonly kind?: string;
  readonly name?: string;
  readonly health?: { readonly status?: string; readonly message?: string };
}

/** How an Application stands: ready is Healthy and Synced, nothing less. */
export const observationOf = (name: string, { metadata, status = {} }: ArgoApplication): Observation => {
  const application = `the Argo CD Application "${name}"`;
  if (metadata?.deletionTimestamp !== undefined)
    return { health: 'missing', message: `${application} is being deleted` };
  const resources = [{ kind: 'Application', name, uid: metadata?.uid ?? '' }];
  const [health, sync] = [status.health?.status ?? 'Unknown', status.sync?.status ?? 'Unknown'];
  const problem = failureOf(status);
  if (health === 'Degraded' || problem !== undefined) {
    return {
      health: 'degraded',
      message: [`${application} is ${health}`, ...reasons(status, problem)].join(': '),
      resources,
    };
  }
  if (health === 'Healthy' && sync === 'Synced') return { health: 'healthy', resources };
  return { health: 'progressing', message: `${application} is ${health} and ${sync}`, resources };
};

type Status = NonNullable<ArgoApplication['status']>;

const failureOf = ({ operationState, conditions = [] }: Status): string | undefined => {
  const phase = operationState?.phase;
  if (phase === 'Failed' || phase === 'Error') return operationState?.message ?? `its sync ended with ${phase}`;
  return conditions.find(({ type }) => type?.endsWith('Error'))?.message;
};

const reasons = ({ health, resources = [] }: Status, problem: string | undefined): readonly string[] => {
  const degraded = resources
    .filter((resource) => resource.health?.status === 'Degraded')
    .map(({ kind, name, health: own }) => `${kind} ${name}${own?.message === undefined ? '' : ` (${own.message})`}`);
  return [problem, health?.message, degraded.join(', ')].filter(
    (text) => text !== undefined && text !== '',
  ) as string[];
};
