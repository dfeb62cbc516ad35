// Environments that Argo CD deploys, watched and deleted where Argo CD keeps its Applications: in Kubernetes itself.
// A1 to A3 hold as they do through Argo CD's own API, and beside them:
// K1. What Argo CD found before it was asked for this environment does not count: it is asked to look anew, and waited for.
// K2. The namespace is the environment's, too: it is bound by its uid, missed when it goes, and deleted after the Application,
//     which is deleted with everything it deployed.
// K3. A namespace into which another Application deploys is left to that one.
// K4. With `create: true` the Application is made from an operator's template, labelled with the environment's id, once. Another of
//     that name is neither used nor deleted.
import {
  boundUid,
  KubernetesApi,
  KubernetesFault,
  type KubernetesSettings,
  Mirror,
  type Namespace,
  namespaceProblem,
  namespaceRef,
  removeNamespace,
  withNamespace,
  withServices,
} from '@testmesh/kubernetes';
import type { Clock, EnvironmentTarget, GitOpsProvider, Observation, Teardown } from '@testmesh/ports';
import { TemplateProblem } from '@testmesh/templates';
import { deploysElsewhere, judged } from './application-judgement.ts';
import { applicationFor, ENVIRONMENT_LABEL } from './application-template.ts';
import { Applications, isToBeLookedAt, wasLookedAtFor } from './applications.ts';
import type { ArgoApplication } from './argocd-application.ts';
import { argoCdSettings } from './argocd-settings.ts';

export interface ArgoCdOnKubernetesSettings {
  readonly cluster: KubernetesSettings;
  /** Where Argo CD keeps its Applications, usually `argocd`. */
  readonly namespace: string;
  /** The operator's folder of Applications to make; without it none is made. */
  readonly templates?: string;
}

export interface ArgoCdOnKubernetesParts {
  readonly clock: Clock;
  /** Told of watches that broke; they go on by themselves. */
  readonly onFault: (error: unknown) => void;
  /** Told of a namespace when a watch shows that something about it, or what deploys into it, changed. */
  readonly onChange?: ((namespace: string) => void) | undefined;
}

export class ArgoCdOnKubernetes implements GitOpsProvider {
  readonly #settings: ArgoCdOnKubernetesSettings;
  readonly #api: KubernetesApi;
  readonly #applications: Applications;
  readonly #namespaces: Mirror<Namespace>;

  constructor(settings: ArgoCdOnKubernetesSettings, parts: ArgoCdOnKubernetesParts) {
    this.#settings = settings;
    const api = new KubernetesApi(settings.cluster);
    this.#api = api;
    this.#applications = new Applications({ api, namespace: settings.namespace, ...parts });
    const selection = { apiVersion: 'v1', kind: 'Namespace' };
    const told = ({ metadata }: Namespace): void => parts.onChange?.(metadata?.name ?? '');
    this.#namespaces = new Mirror<Namespace>({ api, selection, ...parts, onChange: told });
  }

  bring = (target: EnvironmentTarget, signal: AbortSignal): Promise<Observation> =>
    named(target, async (name) => {
      const application = (await this.#watched(target, name, signal)) ?? (await this.#made(target, name, signal));
      const stranger = strangerOf(target, name, application);
      if (stranger !== undefined) return stranger;
      const seen = await this.#judged(target, name, application, signal);
      if (application === undefined || !('resources' in seen) || wasLookedAtFor(application, target.id))
        return withServices(this.#api, target, seen, signal);
      await this.#applications.askToLook(application, target.id, signal); // K1
      return { ...seen, ...lookingAnew(name) };
    });

  observe = (target: EnvironmentTarget, signal: AbortSignal): Promise<Observation> =>
    named(target, async (name) => this.#judged(target, name, await this.#watched(target, name, signal), signal));

  destroy = async (target: EnvironmentTarget, signal: AbortSignal): Promise<Teardown> => {
    const { applicationName: name, namespace } = target.spec;
    const application = name === undefined ? undefined : await this.#applications.present(name, signal);
    if (name !== undefined && application !== undefined) {
      if (!isOwn(target, application)) return { outcome: 'gone' };
      const elsewhere = deploysElsewhere(target, name, application);
      if (elsewhere !== undefined) throw new KubernetesFault(elsewhere, 409, 'DeploysElsewhere');
      const isGoing = application.metadata?.deletionTimestamp !== undefined;
      const left = isGoing ? application : await this.#applications.remove(application, signal);
      return goingOf(name, namespace, left);
    }
    const uid = boundUid(target, 'Namespace') ?? (await this.#labelled(target, signal));
    if (uid === undefined) return { outcome: 'gone' };
    const others = await this.#applications.deployingInto(namespace, signal);
    if (others.length > 0) return keptFor(namespace, others);
    return removeNamespace(this.#api, namespace, uid, signal);
  };

  async close(): Promise<void> {
    await Promise.all([this.#applications.close(), this.#namespaces.close()]);
    this.#api.close();
  }

  #watched(target: EnvironmentTarget, name: string, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    return this.#applications.watched(name, boundUid(target, 'Application'), signal);
  }

  async #judged(
    target: EnvironmentTarget,
    name: string,
    application: ArgoApplication | undefined,
    signal: AbortSignal,
  ): Promise<Observation> {
    const seen = judged(target, name, application);
    if (application === undefined || !('resources' in seen)) return seen;
    const namespace = await this.#namespaces.read(target.spec.namespace, boundUid(target, 'Namespace'), signal);
    const problem = namespaceProblem(target, namespace);
    if (problem !== undefined) return problem;
    const whole = withNamespace(target, seen, namespace);
    return isToBeLookedAt(application) ? { ...whole, ...lookingAnew(name) } : whole;
  }

  /** K4. */
  async #made(target: EnvironmentTarget, name: string, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    if (!argoCdSettings(target.spec).create || target.resources.length > 0) return undefined;
    const { templates, namespace } = this.#settings;
    const application = await applicationFor(templates, target, { name, namespace });
    return (await this.#applications.make(application, signal)) ?? this.#applications.present(name, signal);
  }

  /** Argo CD made it for an Application of ours, and nobody had seen it before the end was asked for. */
  async #labelled({ id, spec }: EnvironmentTarget, signal: AbortSignal): Promise<string | undefined> {
    const namespace = await this.#api.get<Namespace>(namespaceRef(spec.namespace), signal);
    return namespace?.metadata?.labels?.[ENVIRONMENT_LABEL] === id ? namespace.metadata.uid : undefined;
  }
}

const named = async (
  { spec }: EnvironmentTarget,
  look: (name: string) => Promise<Observation>,
): Promise<Observation> => {
  if (spec.applicationName === undefined)
    return { health: 'refused', message: 'it names no Argo CD Application to watch' };
  try {
    return await look(spec.applicationName);
  } catch (error) {
    if (error instanceof TemplateProblem) return { health: 'refused', message: error.message };
    throw error;
  }
};

const isMadeFor = ({ id }: EnvironmentTarget, { metadata }: ArgoApplication): boolean =>
  metadata?.labels?.[ENVIRONMENT_LABEL] === id;

const isOwn = (target: EnvironmentTarget, application: ArgoApplication): boolean => {
  const bound = boundUid(target, 'Application');
  return bound === undefined ? isMadeFor(target, application) : application.metadata?.uid === bound;
};

const strangerOf = (
  target: EnvironmentTarget,
  name: string,
  application: ArgoApplication | undefined,
): Observation | undefined => {
  const wanted = argoCdSettings(target.spec).create && target.resources.length === 0;
  if (!wanted || application === undefined || isMadeFor(target, application)) return undefined;
  const message = `there is an Argo CD Application "${name}" already, and it was not made for this environment`;
  return { health: 'refused', message };
};

const lookingAnew = (name: string) => ({
  health: 'progressing' as const,
  message: `the Argo CD Application "${name}" was to be looked at anew, and Argo CD has not done so yet`,
});

const goingOf = (name: string, namespace: string, left: ArgoApplication | undefined): Teardown => {
  const finalizers = left?.metadata?.finalizers ?? [];
  const held = finalizers.length === 0 ? 'a resource may hold it' : `held by its finalizers ${finalizers.join(', ')}`;
  const message = `the Argo CD Application "${name}" still deletes what it deployed into "${namespace}": ${held}`;
  return { outcome: 'going', message };
};

const keptFor = (namespace: string, applications: readonly string[]): Teardown => {
  const names = applications.map((name) => `"${name}"`).join(', ');
  const message = `the namespace "${namespace}" is kept: it is deployed into by the Argo CD Application ${names}, too`;
  return { outcome: 'going', message };
};
