// Where the Services of an environment's namespace are reached from within the cluster: what `${service.NAME}` is where nobody says more.
// V1. Only what can be told is told: a Service that speaks something else than HTTP or gRPC needs more than an address, and one that
//     names something elsewhere (ExternalName) is not in the namespace.
// V2. What was bound stays: a Service that was made anew is reached at the same name.
import type { BoundResource } from '@testmesh/domain';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { KubernetesObject } from './objects.ts';

export interface ServicePort {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

export interface Service extends KubernetesObject {
  readonly spec?: { readonly type?: string; readonly ports?: readonly ServicePort[] };
}

/** What is healthy together with the Services in its namespace, each with its address. */
export const withServices = async (
  api: Pick<KubernetesApi, 'list'>,
  { spec, resources: bound }: EnvironmentTarget,
  seen: Observation,
  signal: AbortSignal,
): Promise<Observation> => {
  if (seen.health !== 'healthy') return seen;
  const { items } = await api.list<Service>({ apiVersion: 'v1', kind: 'Service', namespace: spec.namespace }, signal);
  const isBound = (name: string): boolean =>
    bound.some((resource) => resource.kind === 'Service' && resource.name === name);
  const known = bound.filter(({ kind }) => kind === 'Service');
  const found = items.flatMap((service): readonly BoundResource[] => {
    const { name = '', uid = '' } = service.metadata ?? {};
    const url = serviceAddress(service);
    return url === undefined || isBound(name) ? [] : [{ kind: 'Service', name, uid, url }];
  });
  return { ...seen, resources: [...seen.resources, ...known, ...found] };
};

/** The first port that says its protocol, or else the first that does not say another. */
export const serviceAddress = ({ metadata = {}, spec = {} }: Service): string | undefined => {
  if (spec.type === 'ExternalName') return undefined;
  const ports = (spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  const best = ports.find((port) => SCHEMES[wordOf(port)] !== undefined) ?? ports.find(isUnsaid);
  if (best?.port === undefined) return undefined;
  const scheme = SCHEMES[wordOf(best)] ?? (TLS_PORTS.has(best.port) ? 'https' : 'http');
  return `${scheme}://${metadata.name}.${metadata.namespace}.svc.cluster.local:${best.port}`;
};

/** `grpc-internal` is read as `grpc`, `kubernetes.io/h2c` as `h2c`. */
const wordOf = ({ appProtocol, name = '' }: ServicePort): string =>
  (appProtocol?.split('/').at(-1) ?? name.split('-')[0] ?? '').toLowerCase();

const isUnsaid = (port: ServicePort): boolean => !OTHERS.has(wordOf(port)) && !OTHER_PORTS.has(port.port ?? 0);

const SCHEMES: Readonly<Record<string, string>> = {
  ...{ http: 'http', http2: 'http', h2c: 'http', ws: 'http', web: 'http' },
  ...{ https: 'https', wss: 'https', grpc: 'grpc', grpcs: 'grpcs' },
};
const TLS_PORTS: ReadonlySet<number> = new Set([443, 8443]);

/** Names of ports that speak something else. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['tcp', 'tls', 'postgres', 'postgresql', 'pg', 'mysql', 'redis', 'mongo', 'mongodb', 'kafka', 'broker', 'amqp'],
  ...['amqps', 'mqtt', 'nats', 'ldap', 'smtp', 'ssh', 'metrics', 'debug'],
]);

/** PostgreSQL, MySQL, SQL Server, Oracle, Redis, Kafka, MongoDB, RabbitMQ, MQTT, NATS, ZooKeeper, Memcached, SMTP, LDAP. */
const OTHER_PORTS: ReadonlySet<number> = new Set([
  ...[5432, 3306, 1433, 1521, 6379, 9092, 27_017, 5672, 1883, 4222, 2181, 11_211, 25, 389],
]);
