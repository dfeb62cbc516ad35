// How infrastructure is handed to another process: by its environment.
import type { Infra } from './infra.ts';
import { type PieceName, pieceNames } from './vocabulary.ts';

/** What tests read. A piece that could not be had leaves its reason instead. */
export const testVariables: Record<PieceName, { readonly address: string; readonly missing: string }> = {
  postgres: { address: 'TESTMESH_TEST_POSTGRES_URL', missing: 'TESTMESH_TEST_POSTGRES_MISSING' },
  kafka: { address: 'TESTMESH_TEST_KAFKA_BROKERS', missing: 'TESTMESH_TEST_KAFKA_MISSING' },
  redis: { address: 'TESTMESH_TEST_REDIS_URL', missing: 'TESTMESH_TEST_REDIS_MISSING' },
  docker: { address: 'TESTMESH_TEST_DOCKER_HOST', missing: 'TESTMESH_TEST_DOCKER_MISSING' },
  mysql: { address: 'TESTMESH_TEST_MYSQL_URL', missing: 'TESTMESH_TEST_MYSQL_MISSING' },
  kubernetes: { address: 'TESTMESH_TEST_KUBECONFIG', missing: 'TESTMESH_TEST_KUBERNETES_MISSING' },
};

/** What `startInfra` reads as given infrastructure. */
const givenVariables: Record<PieceName, string> = {
  postgres: 'TESTMESH_INFRA_POSTGRES_URL',
  kafka: 'TESTMESH_INFRA_KAFKA_BROKERS',
  redis: 'TESTMESH_INFRA_REDIS_URL',
  docker: 'DOCKER_HOST',
  mysql: 'TESTMESH_INFRA_MYSQL_URL',
  kubernetes: 'TESTMESH_INFRA_KUBECONFIG',
};

const addresses = (infra: Infra): Record<PieceName, string | undefined> => ({
  postgres: infra.postgres?.url,
  kafka: infra.kafka?.brokers,
  redis: infra.redis?.url,
  docker: infra.docker?.host,
  mysql: infra.mysql?.url,
  kubernetes: infra.kubernetes?.kubeconfig,
});

export const givenEnvironment = (infra: Infra): Record<string, string> => {
  const at = addresses(infra);
  return Object.fromEntries(
    pieceNames.flatMap((name) => (at[name] === undefined ? [] : [[givenVariables[name], at[name]]])),
  );
};

export const testEnvironment = (infra: Infra): Record<string, string> => {
  const at = addresses(infra);
  const present = pieceNames.flatMap((name) =>
    at[name] === undefined ? [] : [[testVariables[name].address, at[name]]],
  );
  const missing = infra.unavailable.map(({ name, reason, howToGet }) => [
    testVariables[name].missing,
    `${reason.split('\n')[0]} (${howToGet})`,
  ]);
  return Object.fromEntries([...present, ...missing]);
};
