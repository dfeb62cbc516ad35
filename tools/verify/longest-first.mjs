// The order in which spec files begin: those that take longest first, so that no worker is left alone with one of them at
// the end. What Jest has timed on this machine it knows by itself; a fresh clone goes by this list.
import TestSequencer from '@jest/test-sequencer';

/**
 * Seconds, where they are many.
 * @type {Readonly<Record<string, number>>}
 */
const usual = {
  'e2e/chaos/chaos.e2e.spec.ts': 90,
  'e2e/cluster/compose.e2e.spec.ts': 90,
  'e2e/cluster/upgrade.e2e.spec.ts': 60,
  'e2e/test-environments.e2e.spec.ts': 60,
  'libs/testing/src/simulation/more-seeds.int.spec.ts': 60,
  'libs/testing/src/simulation/simulation.int.spec.ts': 60,
  'e2e/kubernetes-environments.e2e.spec.ts': 55,
  'e2e/site-agent.e2e.spec.ts': 55,
  'tools/infra/infra.int.spec.ts': 55,
  'e2e/chaos/failpoints.e2e.spec.ts': 50,
  'e2e/together.e2e.spec.ts': 50,
  'e2e/demo.e2e.spec.ts': 45,
  'services/env-manager/src/kubernetes-failures.int.spec.ts': 45,
  'e2e/cluster/backup.e2e.spec.ts': 40,
  'e2e/cluster/cluster.e2e.spec.ts': 40,
  'e2e/compose.e2e.spec.ts': 40,
  'e2e/seams.e2e.spec.ts': 40,
  'libs/actions/docker/src/docker-run.int.spec.ts': 40,
  'tools/demo/services.int.spec.ts': 40,
  'e2e/up.e2e.spec.ts': 35,
  'e2e/printed-api.e2e.spec.ts': 30,
  'libs/adapters/gitops-compose/src/compose-provider.int.spec.ts': 30,
  'tools/helm/install.int.spec.ts': 30,
  'tools/infra/kubernetes.int.spec.ts': 30,
  'e2e/ci/recipes.e2e.spec.ts': 25,
  'e2e/plugins/plugins.e2e.spec.ts': 25,
  'e2e/seeds.e2e.spec.ts': 25,
  'e2e/server-commands.e2e.spec.ts': 25,
  'libs/kubernetes/src/mirror.int.spec.ts': 25,
  'services/api/src/configuration/configuration.int.spec.ts': 25,
  'services/api/src/graphql/guide.int.spec.ts': 25,
  'apps/cli/src/server/secrets.int.spec.ts': 20,
  'libs/adapters/bus-kafka/src/kafka-traps.int.spec.ts': 20,
  'libs/adapters/journal-postgres/src/contracts.int.spec.ts': 20,
  'libs/adapters/journal-postgres/src/postgres-queue.int.spec.ts': 20,
  'libs/service-kit/src/backup/backup.int.spec.ts': 20,
  'services/api/src/analytics/analytics.int.spec.ts': 20,
  'services/api/src/people/people.int.spec.ts': 20,
  'services/api/src/test-environments/test-environments.int.spec.ts': 20,
  'services/scheduler/src/scheduler.int.spec.ts': 20,
  'e2e/executors.e2e.spec.ts': 15,
  'e2e/plugins/k8s-job.e2e.spec.ts': 15,
  'e2e/plugins/packed.e2e.spec.ts': 15,
  'libs/actions/kafka/src/lost-broker.int.spec.ts': 15,
  'libs/adapters/gitops-argocd/src/argocd-on-kubernetes.int.spec.ts': 15,
  'libs/adapters/gitops-flux/src/flux-provider.int.spec.ts': 15,
  'libs/adapters/gitops-kubernetes/src/kubernetes-provider.int.spec.ts': 15,
  'libs/service-kit/src/pool.int.spec.ts': 15,
  'services/api/src/graphql/isolation.int.spec.ts': 15,
};

const secondsOf = ({ path, duration, context }) =>
  duration === undefined ? (usual[path.slice(context.config.rootDir.length + 1)] ?? 1) : duration / 1000;

export default class LongestFirst extends TestSequencer {
  /** @type {TestSequencer['sort']} */
  sort(tests) {
    return [...super.sort([...tests])].sort((one, other) => secondsOf(other) - secondsOf(one));
  }
}
