// The Applications of one Argo CD, as Kubernetes keeps them.
import { type KubernetesApi, KubernetesFault, Mirror } from '@testmesh/kubernetes';
import type { Clock } from '@testmesh/ports';
import { ARGO_API, CASCADE } from './application-template.ts';
import type { ArgoApplication } from './argocd-application.ts';

/** Argo CD looks at an Application anew, and takes this away when it has. */
const REFRESH = 'argocd.argoproj.io/refresh';

/** For which environment it was asked to look. */
const ASKED_FOR = 'testmesh.dev/refreshed-for';

export interface ApplicationsOptions {
  readonly api: KubernetesApi;
  /** Where Argo CD keeps them. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
  /** Told of the namespace that an Application deploys into when something about it changed. */
  readonly onChange?: ((namespace: string) => void) | undefined;
}

export class Applications {
  readonly #api: KubernetesApi;
  readonly #kind: { readonly apiVersion: string; readonly kind: string; readonly namespace: string };
  readonly #mirror: Mirror<ArgoApplication>;

  constructor({ api, namespace, clock, onFault, onChange }: ApplicationsOptions) {
    this.#api = api;
    this.#kind = { apiVersion: ARGO_API, kind: 'Application', namespace };
    const told = ({ spec }: ArgoApplication): void => onChange?.(spec?.destination?.namespace ?? '');
    this.#mirror = new Mirror<ArgoApplication>({ api, selection: this.#kind, clock, onFault, onChange: told });
  }

  /** As a watch shows it, where it shows the one of this uid. */
  watched(name: string, uid: string | undefined, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    return this.#mirror.read(name, uid, signal);
  }

  /** As it is in this moment: asked before anything is deleted. */
  present(name: string, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    return this.#api.get(this.#ref(name), signal);
  }

  /** `undefined` where there is one of that name by now. */
  async make(application: ArgoApplication, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    try {
      const made = await this.#api.create(application, signal);
      this.#mirror.remember(made);
      return made;
    } catch (error) {
      if (error instanceof KubernetesFault && error.reason === 'AlreadyExists') return undefined;
      throw error;
    }
  }

  async askToLook({ metadata = {} }: ArgoApplication, environment: string, signal: AbortSignal): Promise<void> {
    const { name = '', uid } = metadata;
    const body = { metadata: { uid, annotations: { [REFRESH]: 'normal', [ASKED_FOR]: environment } } };
    this.#mirror.remember(await this.#api.patch<ArgoApplication>(this.#ref(name), body, signal));
  }

  /** With everything it made, and no other Application of that name; what is left of it for now. */
  async remove({ metadata = {} }: ArgoApplication, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    const { name = '', uid = '', resourceVersion, finalizers = [] } = metadata;
    if (!finalizers.some((finalizer) => finalizer.startsWith(CASCADE))) {
      const body = { metadata: { uid, resourceVersion, finalizers: [...finalizers, CASCADE] } };
      await this.#api.patch(this.#ref(name), body, signal);
    }
    await this.#api.remove(this.#ref(name), uid, signal);
    const left = await this.present(name, signal);
    if (left !== undefined) this.#mirror.correct(left);
    return left;
  }

  /** Names of all that deploy into a namespace. */
  async deployingInto(namespace: string, signal: AbortSignal): Promise<readonly string[]> {
    const { items } = await this.#api.list<ArgoApplication>(this.#kind, signal);
    return items.flatMap(({ metadata, spec }) =>
      spec?.destination?.namespace === namespace ? [metadata?.name ?? ''] : [],
    );
  }

  close(): Promise<void> {
    return this.#mirror.close();
  }

  #ref(name: string) {
    return { ...this.#kind, name };
  }
}

export const isToBeLookedAt = ({ metadata }: ArgoApplication): boolean =>
  metadata?.annotations?.[REFRESH] !== undefined;

export const wasLookedAtFor = ({ metadata }: ArgoApplication, environment: string): boolean =>
  metadata?.annotations?.[ASKED_FOR] === environment;
