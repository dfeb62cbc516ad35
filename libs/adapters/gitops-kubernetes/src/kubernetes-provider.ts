// Environments that are applied into a namespace of their own, for teams without GitOps.
// K1. The namespace's uid is the environment's. A namespace of the name that does not carry the environment's id is somebody
//     else's: nothing is applied into it, and it is not deleted.
// K2. A namespace that was bound and is gone, or is another one, is missed and never made again.
// K3. Only kinds that live in a namespace are applied, and only into the environment's. What goes is the namespace, by its uid,
//     and with it everything.
// K4. A template is applied once: an annotation of the namespace says that all of it was. Until then every round applies all of
//     it again, which changes nothing where it is there.
import {
  goingNamespace,
  type KubernetesApi,
  KubernetesFault,
  type Namespace,
  namespaceRef,
  removeNamespace,
  withServices,
} from '@testmesh/kubernetes';
import type { EnvironmentTarget, GitOpsProvider, Observation } from '@testmesh/ports';
import { TemplateProblem } from '@testmesh/templates';
import { APPLIED, ENVIRONMENT, type GuardSettings, guardsOf, namespaceOf } from './guards.ts';
import type { Manifest } from './manifests.ts';
import { passes } from './readiness.ts';
import { type StandingSettings, standingOf } from './standing.ts';
import { type TemplateSettings, wantedManifests } from './template.ts';
import { WORKLOADS } from './workloads.ts';

export interface KubernetesProviderSettings extends TemplateSettings, GuardSettings, StandingSettings {}

const MANAGER = 'testmesh';

export const kubernetesProvider = (settings: KubernetesProviderSettings): GitOpsProvider => {
  const { api } = settings;
  return {
    bring: async (target, signal) => {
      const found = await namespaceSeen(settings, target, signal);
      const problem = problemOf(target, found);
      if (problem !== undefined && (found !== undefined || isBound(target))) return problem;
      const isApplied = found !== undefined && appliedTo(found) !== undefined;
      const seen = isApplied ? observed(settings, target, found, signal) : applied(settings, target, found, signal);
      return withServices(api, target, await seen, signal);
    },
    observe: async (target, signal) => {
      const found = await namespaceSeen(settings, target, signal);
      const problem = problemOf(target, found);
      return problem ?? observed(settings, target, found as Namespace, signal);
    },
    destroy: async (target, signal) => {
      const { namespace } = target.spec;
      const found = await namespaceSeen(settings, target, signal);
      // Where nothing was bound yet, the label says whose it is: a crash may lie between the making and the binding.
      const uid = boundUid(target) ?? (isOwn(target, found) ? found?.metadata?.uid : undefined);
      if (uid === undefined || found?.metadata?.uid !== uid) return { outcome: 'gone' };
      if (found.metadata.deletionTimestamp !== undefined) return goingNamespace(namespace, found);
      const left = await removeNamespace(api, namespace, uid, signal);
      await correctNow(settings, target, signal);
      return left;
    },
  };
};

const correctNow = async (
  { api, watches }: StandingSettings,
  target: EnvironmentTarget,
  signal: AbortSignal,
): Promise<void> => {
  const left = watches && (await namespaceNow(api, target, signal));
  if (left !== undefined) watches?.correct(left);
};

const namespaceNow = (api: KubernetesApi, { spec }: EnvironmentTarget, signal: AbortSignal) =>
  api.get<Namespace>(namespaceRef(spec.namespace), signal);

/** W1. */
const namespaceSeen = (
  { api, watches }: StandingSettings,
  target: EnvironmentTarget,
  signal: AbortSignal,
): Promise<Namespace | undefined> => {
  const uid = boundUid(target);
  if (watches === undefined || uid === undefined) return namespaceNow(api, target, signal);
  return watches.namespace(target.spec.namespace, uid, signal);
};

const boundUid = ({ resources }: EnvironmentTarget): string | undefined =>
  resources.find(({ kind }) => kind === 'Namespace')?.uid;

const isBound = (target: EnvironmentTarget): boolean => boundUid(target) !== undefined;

const isOwn = ({ id }: EnvironmentTarget, namespace: Namespace | undefined): boolean =>
  namespace?.metadata?.labels?.[ENVIRONMENT] === id;

/** K1, K2: why the namespace cannot be looked at as the environment's. */
const problemOf = (target: EnvironmentTarget, namespace: Namespace | undefined): Observation | undefined => {
  const text = `the namespace "${target.spec.namespace}"`;
  if (namespace === undefined) return { health: 'missing', message: `${text} is not there` };
  const bound = boundUid(target);
  if (bound !== undefined && namespace.metadata?.uid !== bound)
    return { health: 'missing', message: `${text} was deleted, and somebody made another of that name` };
  if (!isOwn(target, namespace))
    return { health: 'refused', message: `${text} is somebody else's; choose another namespace` };
  if (namespace.metadata?.deletionTimestamp !== undefined)
    return { health: 'missing', message: `${text} is being deleted` };
  return undefined;
};

const observed = async (
  settings: StandingSettings,
  target: EnvironmentTarget,
  namespace: Namespace,
  signal: AbortSignal,
): Promise<Observation> => {
  const resources = boundTo(namespace);
  const wanted = appliedTo(namespace);
  if (wanted === undefined) return { health: 'progressing', message: 'not all of it is applied yet', resources };
  return { ...(await standingOf(settings, target, wanted, signal)), resources };
};

/** What has to be ready, once all was applied. */
const appliedTo = ({ metadata }: Namespace): readonly string[] | undefined =>
  metadata?.annotations?.[APPLIED]?.split(' ').filter((name) => name !== '');

const workloadsAmong = (manifests: readonly Manifest[]): readonly string[] =>
  manifests
    .filter(({ object }) => WORKLOADS.some(({ kind }) => kind === object.kind))
    .map(({ object }) => `${object.kind}/${object.metadata?.name}`);

const boundTo = ({ metadata }: Namespace) => [
  { kind: 'Namespace', name: metadata?.name ?? '', uid: metadata?.uid ?? '' },
];

/** K4. */
const applied = async (
  settings: KubernetesProviderSettings,
  target: EnvironmentTarget,
  found: Namespace | undefined,
  signal: AbortSignal,
): Promise<Observation> => {
  const { api } = settings;
  let resources = found === undefined ? [] : boundTo(found);
  try {
    const manifests = await wantedManifests(settings, target, signal);
    await refuseClusterWide(api, manifests, signal);
    const namespace = found ?? (await api.create<Namespace>(namespaceOf(target), signal));
    resources = boundTo(namespace);
    for (const guard of guardsOf(target, settings)) await api.apply(guard, MANAGER, signal);
    for (const manifest of manifests) await applyOne(api, manifest, signal);
    const workloads = workloadsAmong(manifests);
    const metadata = { uid: namespace.metadata?.uid, annotations: { [APPLIED]: workloads.join(' ') } };
    const marked = await api.patch<Namespace>(namespaceRef(target.spec.namespace), { metadata }, signal);
    settings.watches?.remember(marked);
    return { ...(await standingOf(settings, target, workloads, signal)), resources };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    if (passes(error.message)) return { health: 'progressing', message: error.message, resources };
    if (resources.length === 0) return { health: 'refused', message: error.message };
    return { health: 'degraded', message: error.message, resources };
  }
};

/** K3. */
const refuseClusterWide = async (
  api: KubernetesApi,
  manifests: readonly Manifest[],
  signal: AbortSignal,
): Promise<void> => {
  for (const { where, object } of manifests) {
    const isNamespaced = await saidOf(where, () => api.isNamespaced(object, signal));
    if (isNamespaced) continue;
    throw new TemplateProblem(
      `${where} belongs to the whole cluster; an environment may hold only what is in a namespace`,
    );
  }
};

const applyOne = (api: KubernetesApi, { where, object }: Manifest, signal: AbortSignal) =>
  saidOf(where, () => api.apply(object, MANAGER, signal));

/** What the cluster refuses is about the template; a cluster that fails or is busy is asked again. */
const saidOf = async <Result>(where: string, ask: () => Promise<Result>): Promise<Result> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof KubernetesFault) || !isFinal(error)) throw error;
    throw new TemplateProblem(`${where}: ${error.message}`);
  }
};

const isFinal = ({ status }: KubernetesFault): boolean =>
  status >= 400 && status < 500 && ![401, 408, 409, 429].includes(status);
