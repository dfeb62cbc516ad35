import { hostname } from 'node:os';
import { seededRandom, systemClock } from '@testmesh/runtime';
import { faultLog, numberFrom, processLog, runService, said, serviceSettings, storageOf } from '@testmesh/service-kit';
import { openTelemetry } from '@testmesh/telemetry';
import { redisWakeups } from '@testmesh/wakeups-redis';
import { createEnvManager } from './env-manager.ts';
import { envManagerSettings } from './settings.ts';

// Brings test environments and their cluster together, and ends those that nobody uses. Any number of these may run.
//   DATABASE_URL, TESTMESH_ENCRYPTION_KEYS, REDIS_URL: as for every service, see docs/server.md
//   ARGOCD_SERVER, ARGOCD_TOKEN, ARGOCD_PROJECT: the Argo CD that deploys; without it environments of argocd cannot be made ready
//   ARGOCD_NAMESPACE: where it keeps its Applications, to be asked through Kubernetes instead
//   TESTMESH_KUBECONFIG, TESTMESH_KUBE_CONTEXT: the cluster; without them the one this runs in
//   TESTMESH_TEMPLATES: the folder of what may be deployed, for the providers that deploy themselves
//   TESTMESH_COMPOSE_DOCKER: the Docker daemon of this machine, `unix:///var/run/docker.sock`, for environments of compose
//   FLUX_NAMESPACE: where Flux keeps its Kustomizations and HelmReleases, for environments of flux
//   TESTMESH_KUBERNETES_DEPLOY: `true` lets environments of kubernetes be applied into the cluster; TESTMESH_KUBERNETES_QUOTA,
//   _LIMITS, _REACHABLE_FROM bound them, TESTMESH_HELM names the program that renders charts
//   TESTMESH_NAMESPACES, TESTMESH_APPLICATIONS: patterns of names that may be used, `review-*,qa-*`; without them none may
//   TESTMESH_RESERVED_NAMESPACES: patterns that may not, whatever the others say
//   TESTMESH_PROVIDER_CALL_MS (20000): docs/server.md

const log = processLog('env-manager');

await runService(log, async (started, health) => {
  const settings = said(() => envManagerSettings(process.env));
  const services = serviceSettings(process.env);
  const storage = await storageOf(services, {
    application: 'env-manager',
    log,
    clock: systemClock,
  });
  started.defer(storage.close);
  health.needs('database', storage.ping);
  const telemetry = await openTelemetry({
    service: 'testmesh-env-manager',
    environment: process.env,
    clock: systemClock,
    log,
  });
  started.defer(telemetry.close);
  health.page('/metrics', telemetry.page);
  const redis = services.redisUrl === undefined ? undefined : redisWakeups(services.redisUrl, (text) => log.warn(text));
  if (redis !== undefined) started.defer(redis.close);
  const manager = createEnvManager({
    settings,
    environments: storage.testEnvironments,
    ...(redis && { wakeups: redis }),
    clock: systemClock,
    random: seededRandom(`${hostname()}-${process.pid}`),
    callMs: numberFrom(process.env, 'TESTMESH_PROVIDER_CALL_MS', 20_000),
    onFault: telemetry.faults(faultLog(log)),
  });
  manager.start();
  started.defer(manager.stop);
});
