import type { Settings } from './chart.ts';

/** What nobody can do without. */
export const least: Settings = { 'database.external.host': 'db.example.com', 'database.external.password': 'hush' };

/** The line that the guide prints. */
export const printed: Settings = {
  'database.external.host': 'testmesh-db.cluster.example.com',
  'database.external.user': 'testmesh',
  'database.external.password': 'hush',
  'database.external.dbname': 'testmesh',
  'redis.external.host': 'testmesh-cache.abc123.cache.amazonaws.com',
  'api.dockerSocket.enabled': 'true',
};

/** Values as people combine them; what holds for every installation is held against each. */
export const matrix: Readonly<Record<string, Settings>> = {
  least,
  printed,
  'existing secrets': {
    'database.external.host': 'db.example.com',
    'database.external.existingSecret': 'my-database',
    'database.external.existingSecretKey': 'pw',
    'database.external.sslmode': 'verify-full',
    'database.external.caSecret': 'my-ca',
    'redis.external.host': 'cache.example.com',
    'redis.external.tls': 'true',
    'redis.external.existingSecret': 'my-cache',
    'encryption.existingSecret': 'my-keys',
    'encryption.existingSecretKey': 'keys',
  },
  'a broker of its own': { ...least, 'kafka.bundled.enabled': 'true', 'redis.external.host': 'cache' },
  'brokers, an archive, an ingress, metrics': {
    ...least,
    'kafka.external.brokers': '{b-1.example.com:9092,b-2.example.com:9092}',
    'archive.enabled': 'true',
    'ingress.enabled': 'true',
    'ingress.className': 'nginx',
    'ingress.hosts[0].host': 'testmesh.example.com',
    'serviceMonitor.enabled': 'true',
    'serviceMonitor.labels.release': 'prometheus',
  },
  'pools that scale': {
    ...least,
    'executor.defaults.autoscaling.kind': 'hpa',
    'executor.pools.big.slots': '16',
    'executor.pools.big.autoscaling.kind': 'keda',
    'executor.pools.big.autoscaling.maxReplicas': '40',
    'executor.pools.still.autoscaling.kind': 'none',
    'executor.pools.still.replicas': '3',
  },
  'an env-manager of every kind': {
    ...least,
    'envManager.namespaces': '{review-*,qa-*}',
    'envManager.argocd.namespace': 'argocd',
    'envManager.argocd.create': 'true',
    'envManager.flux.namespace': 'flux-system',
    'envManager.kubernetes.enabled': 'true',
    'envManager.kubernetes.quota': '{pods=20}',
    'envManager.templates.configMap': 'my-templates',
  },
  'an Argo CD elsewhere': {
    ...least,
    'envManager.argocd.server': 'https://argocd.example.com',
    'envManager.argocd.tokenSecret': 'argocd-token',
  },
  'an agent beside the platform': {
    ...least,
    'siteAgent.enabled': 'true',
    'siteAgent.server': 'https://testmesh.example.com',
    'siteAgent.tokenSecret': 'my-agent',
    'siteAgent.caSecret': 'my-ca',
    'siteAgent.clientCertSecret': 'my-cert',
    'siteAgent.labels.site': 'plant-7',
    'siteAgent.proxy': 'http://proxy:3128',
  },
  'mock servers, no policies, no job': {
    ...least,
    'executor.listen': 'anywhere',
    'networkPolicy.enabled': 'false',
    'migrations.enabled': 'false',
    'podDisruptionBudget.enabled': 'false',
    'envManager.rbac.create': 'false',
    nameOverride: 'mesh',
  },
};
