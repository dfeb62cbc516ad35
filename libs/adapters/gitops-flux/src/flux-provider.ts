// Environments that Flux deploys. The Kustomization or HelmRelease is somebody else's work: it is watched, and deleted with the
// environment.
// F1. Nothing is made here: what is not there yet is waited for. What is suspended is resumed, and Flux is asked once for each
//     environment to look anew: what it found before does not count.
// F2. One of another uid than the one that was bound is somebody else's; it is neither used nor deleted.
// F3. One that deploys elsewhere than into the environment's namespace is refused, never bound, and not deleted.
// F4. Flux takes away what it deployed only where it looks after it: what is suspended is resumed before it is deleted.
// F5. The namespace is the environment's, too: it is deleted by its uid after what deployed into it, and left alone while another
//     deploys into it.
import {
  boundUid,
  type KubernetesApi,
  KubernetesFault,
  type Namespace,
  namespaceProblem,
  namespaceRef,
  removeNamespace,
  withNamespace,
  withServices,
} from '@testmesh/kubernetes';
import type { EnvironmentTarget, GitOpsProvider, Observation, Teardown } from '@testmesh/ports';
import { judged, textOf } from './flux-judgement.ts';
import { type FluxKind, type FluxObject, targetNamespaceOf } from './flux-object.ts';
import { FluxObjects } from './flux-objects.ts';
import { fluxKind } from './flux-settings.ts';
import type { FluxWatches } from './flux-watches.ts';

export interface FluxProviderSettings {
  readonly api: KubernetesApi;
  /** Where the Kustomizations and HelmReleases are, usually `flux-system`. */
  readonly namespace: string;
  /** Started for the kinds that are asked about. */
  readonly watches?: Pick<FluxWatches, 'follow'>;
}

export const fluxProvider = (settings: FluxProviderSettings): GitOpsProvider => ({
  bring: (target, signal) =>
    wellAsked(target, async (kind, name) => {
      settings.watches?.follow(kind);
      const objects = new FluxObjects(settings, kind, signal);
      const object = await objects.get(name);
      const problem = problemOf(target, kind, name, object);
      if (problem !== undefined || object === undefined) return problem ?? absent(kind, name);
      const seen = judged(kind, await objects.asked(object, target.id));
      return withServices(settings.api, target, await withItsNamespace(settings, target, seen, signal), signal);
    }),
  observe: (target, signal) =>
    wellAsked(target, async (kind, name) => {
      settings.watches?.follow(kind);
      const object = await new FluxObjects(settings, kind, signal).get(name);
      const problem = problemOf(target, kind, name, object);
      if (problem !== undefined || object === undefined) return problem ?? absent(kind, name);
      return withItsNamespace(settings, target, judged(kind, object), signal);
    }),
  destroy: async (target, signal) => {
    const kind = fluxKind(target.spec);
    const { applicationName: name } = target.spec;
    if (kind === undefined || name === undefined) return { outcome: 'gone' };
    const objects = new FluxObjects(settings, kind, signal);
    const object = await objects.get(name);
    if (object === undefined) return namespaceGone(settings, target, signal);
    if (object.metadata?.uid !== boundUid(target, kind)) return { outcome: 'gone' };
    const elsewhere = deploysElsewhere(target, kind, name, object);
    if (elsewhere !== undefined) throw new KubernetesFault(elsewhere, 409, 'DeploysElsewhere');
    if (object.metadata?.deletionTimestamp === undefined) await objects.remove(object);
    return goingOf(target, kind, name, object);
  },
});

const wellAsked = async (
  { spec }: EnvironmentTarget,
  look: (kind: FluxKind, name: string) => Promise<Observation>,
): Promise<Observation> => {
  const kind = fluxKind(spec);
  if (kind === undefined)
    return {
      health: 'refused',
      message: 'settings.kind has to be Kustomization or HelmRelease, and nothing else is set',
    };
  if (spec.applicationName === undefined) return { health: 'refused', message: `it names no Flux ${kind} to watch` };
  return look(kind, spec.applicationName);
};

const absent = (kind: FluxKind, name: string): Observation => ({
  health: 'missing',
  message: `${textOf(kind, name)} is not there`,
});

/** F2, F3. */
const problemOf = (
  target: EnvironmentTarget,
  kind: FluxKind,
  name: string,
  object: FluxObject | undefined,
): Observation | undefined => {
  if (object === undefined) return absent(kind, name);
  const bound = boundUid(target, kind);
  if (bound !== undefined && object.metadata?.uid !== bound)
    return { health: 'missing', message: `${textOf(kind, name)} was deleted, and somebody made another of that name` };
  if (object.metadata?.deletionTimestamp !== undefined) return judged(kind, object);
  const elsewhere = deploysElsewhere(target, kind, name, object);
  return elsewhere === undefined ? undefined : { health: 'refused', message: elsewhere };
};

const deploysElsewhere = (
  { spec }: EnvironmentTarget,
  kind: FluxKind,
  name: string,
  object: FluxObject,
): string | undefined => {
  const namespace = targetNamespaceOf(kind, object);
  if (namespace === spec.namespace) return undefined;
  const where = namespace === undefined ? 'has no targetNamespace' : `deploys into the namespace "${namespace}"`;
  return `${textOf(kind, name)} ${where}; it has to deploy into "${spec.namespace}"`;
};

const withItsNamespace = async (
  { api }: FluxProviderSettings,
  target: EnvironmentTarget,
  seen: Observation,
  signal: AbortSignal,
): Promise<Observation> => {
  if (!('resources' in seen)) return seen;
  const namespace = await api.get<Namespace>(namespaceRef(target.spec.namespace), signal);
  return namespaceProblem(target, namespace) ?? withNamespace(target, seen, namespace);
};

/** F5. */
const namespaceGone = async (
  settings: FluxProviderSettings,
  target: EnvironmentTarget,
  signal: AbortSignal,
): Promise<Teardown> => {
  const uid = boundUid(target, 'Namespace');
  if (uid === undefined) return { outcome: 'gone' };
  const { namespace } = target.spec;
  const others = await FluxObjects.deployingInto(settings, namespace, signal);
  if (others.length === 0) return removeNamespace(settings.api, namespace, uid, signal);
  return {
    outcome: 'going',
    message: `the namespace "${namespace}" is kept: ${others.join(', ')} deploys into it, too`,
  };
};

const goingOf = ({ spec }: EnvironmentTarget, kind: FluxKind, name: string, { metadata }: FluxObject): Teardown => {
  const finalizers = metadata?.finalizers ?? [];
  const held = finalizers.length === 0 ? 'a resource may hold it' : `held by its finalizers ${finalizers.join(', ')}`;
  const message = `${textOf(kind, name)} still deletes what it deployed into "${spec.namespace}": ${held}`;
  return { outcome: 'going', message };
};
