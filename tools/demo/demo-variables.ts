import type { Infra } from '../infra/infra.ts';

export interface ServiceUrls {
  readonly user: string;
  readonly product: string;
  readonly order: string;
  readonly notification: string;
  readonly recommendationGrpc: string;
  readonly recommendationHttp: string;
}

/** What the guide prints, which a flow without an environment relies on. */
const PRINTED: Readonly<Record<string, string>> = {
  TESTMESH_DEMO_POSTGRES_URL: 'postgresql://root:admin@localhost:5432/postgres',
  TESTMESH_DEMO_KAFKA_BROKERS: 'localhost:9092',
  TESTMESH_DEMO_USER_URL: 'http://localhost:5001',
  TESTMESH_DEMO_PRODUCT_URL: 'http://localhost:5002',
  TESTMESH_DEMO_ORDER_URL: 'http://localhost:5003',
  TESTMESH_DEMO_NOTIFICATION_URL: 'http://localhost:5004',
};

/** The variables that `examples/environments` read, and whether they are what the guide prints anyway. */
export const demoVariables = (
  infra: Pick<Infra, 'postgres' | 'kafka' | 'redis'>,
  urls: ServiceUrls,
): { readonly variables: Readonly<Record<string, string>>; readonly isPrinted: boolean } => {
  const variables: Record<string, string> = {
    TESTMESH_DEMO_POSTGRES_URL: infra.postgres?.url ?? '',
    TESTMESH_DEMO_KAFKA_BROKERS: infra.kafka?.brokers ?? '',
    TESTMESH_DEMO_USER_URL: urls.user,
    TESTMESH_DEMO_PRODUCT_URL: urls.product,
    TESTMESH_DEMO_ORDER_URL: urls.order,
    TESTMESH_DEMO_NOTIFICATION_URL: urls.notification,
    TESTMESH_DEMO_RECOMMENDATION_ADDRESS: urls.recommendationGrpc,
    ...(infra.redis !== undefined && { TESTMESH_DEMO_REDIS_URL: infra.redis.url }),
  };
  const isPrinted = Object.entries(PRINTED).every(([name, printed]) => asLocalhost(variables[name] ?? '') === printed);
  return { variables, isPrinted };
};

const asLocalhost = (address: string): string => address.replace('127.0.0.1', 'localhost');
