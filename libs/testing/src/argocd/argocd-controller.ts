// Plays Argo CD's application controller in a real cluster, as its documentation says: it makes the destination's namespace, writes
// health and sync into the status, looks anew when an annotation asks, and lets an Application go once what it deployed is gone.
import { setTimeout as sleep } from 'node:timers/promises';
import { KubernetesApi, KubernetesFault, type KubernetesObject, namespaceRef } from '@testmesh/kubernetes';
import { ARGOCD_HEALTHY } from '../fake-argocd.ts';
import { applicationDefinition } from './crd.ts';

interface Application extends KubernetesObject {
  readonly spec: {
    readonly destination: { readonly namespace: string };
    readonly syncPolicy?: { readonly managedNamespaceMetadata?: { readonly labels?: Record<string, string> } };
  };
  readonly status?: object;
}

const CASCADE = 'resources-finalizer.argocd.argoproj.io';
const REFRESH = 'argocd.argoproj.io/refresh';
const PROGRESSING = { health: { status: 'Progressing' }, sync: { status: 'Synced' } };
const EVERY_MS = 100;

export class ArgoCdController {
  readonly api: KubernetesApi;
  /** Where the Applications are. */
  readonly namespace: string;
  /** Applications whose finalizer does not let them go. */
  readonly held = new Set<string>();
  /** While it is off nothing is looked at, as if no controller was running. */
  isOn = true;
  readonly #found = new Map<string, object>();
  readonly #stopping = new AbortController();
  readonly #working: Promise<void>;

  private constructor(kubeconfig: string, namespace: string) {
    this.api = new KubernetesApi({ kubeconfig });
    this.namespace = namespace;
    this.#working = this.#work();
  }

  /** In a namespace of its own, which goes when it is closed. */
  static async start(kubeconfig: string, namespace: string): Promise<ArgoCdController> {
    const api = new KubernetesApi({ kubeconfig });
    const { signal } = new AbortController();
    await api.apply(applicationDefinition, 'tests', signal);
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, signal);
    for (;;) {
      // A kind is served a moment after it was defined.
      const isServed = await api.list({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' }, signal).then(
        () => true,
        () => false,
      );
      if (isServed) break;
      await sleep(50);
    }
    api.close();
    return new ArgoCdController(kubeconfig, namespace);
  }

  /** Somebody's Application; `found` is what the controller finds of it. */
  async make(name: string, namespace: string, found: object = PROGRESSING): Promise<string> {
    this.#found.set(name, found);
    const metadata = { name, namespace: this.namespace };
    const spec = { project: 'default', destination: { namespace } };
    const made = await this.api.create<Application>({ ...this.#kind, metadata, spec }, this.#signal);
    await this.#writeStatus(made, found);
    return made.metadata?.uid ?? '';
  }

  /** What it finds of an Application from now on. */
  async finds(name: string, found: object): Promise<void> {
    this.#found.set(name, found);
    const application = await this.get(name);
    if (application !== undefined) await this.#writeStatus(application, found);
  }

  heal(name: string): Promise<void> {
    return this.finds(name, ARGOCD_HEALTHY);
  }

  get(name: string): Promise<Application | undefined> {
    return this.api.get<Application>({ ...this.#kind, namespace: this.namespace, name }, this.#signal);
  }

  /** By hand and at once, without what it deployed. */
  async removeByHand(name: string): Promise<void> {
    const ref = { ...this.#kind, namespace: this.namespace, name };
    const { metadata } = await this.api.patch<Application>(ref, { metadata: { finalizers: null } }, this.#signal);
    await this.api.remove(ref, metadata?.uid ?? '', this.#signal);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
    const { signal } = new AbortController();
    const { items } = await this.api.list<Application>({ ...this.#kind, namespace: this.namespace }, signal);
    for (const { metadata } of items) {
      const ref = { ...this.#kind, namespace: this.namespace, name: metadata?.name ?? '' };
      await this.api.patch(ref, { metadata: { finalizers: null } }, signal).catch(() => undefined); // it just went
    }
    const own = await this.api.get(namespaceRef(this.namespace), signal);
    await this.api.remove(namespaceRef(this.namespace), own?.metadata?.uid ?? '', signal);
    this.api.close();
  }

  get #kind() {
    return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' };
  }

  get #signal(): AbortSignal {
    return this.#stopping.signal;
  }

  async #work(): Promise<void> {
    while (!this.#signal.aborted) {
      if (this.isOn) await this.#round().catch(() => undefined); // the cluster is away, or somebody was faster: the next round
      await sleep(EVERY_MS, undefined, { signal: this.#signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { items } = await this.api.list<Application>({ ...this.#kind, namespace: this.namespace }, this.#signal);
    for (const application of items) {
      if (application.metadata?.deletionTimestamp !== undefined) await this.#letGo(application);
      else await this.#look(application);
    }
  }

  async #look(application: Application): Promise<void> {
    const isAsked = application.metadata?.annotations?.[REFRESH] !== undefined;
    if (!isAsked && application.status !== undefined) return;
    await this.#makeNamespace(application);
    await this.#writeStatus(application, this.#found.get(application.metadata?.name ?? '') ?? PROGRESSING, {
      annotations: { [REFRESH]: null },
    });
  }

  async #makeNamespace({ spec }: Application): Promise<void> {
    const labels = spec.syncPolicy?.managedNamespaceMetadata?.labels ?? {};
    const metadata = { name: spec.destination.namespace, labels };
    try {
      await this.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata }, this.#signal);
    } catch (error) {
      if (!(error instanceof KubernetesFault && error.reason === 'AlreadyExists')) throw error;
    }
  }

  #writeStatus({ metadata }: Application, status: object, more: object = {}): Promise<unknown> {
    const ref = { ...this.#kind, namespace: this.namespace, name: metadata?.name ?? '' };
    return this.api.patch(ref, { metadata: more, status }, this.#signal);
  }

  async #letGo({ metadata }: Application): Promise<void> {
    const name = metadata?.name ?? '';
    if (this.held.has(name)) return;
    const finalizers = (metadata?.finalizers ?? []).filter((finalizer) => finalizer !== CASCADE);
    await this.api.patch(
      { ...this.#kind, namespace: this.namespace, name },
      { metadata: { finalizers } },
      this.#signal,
    );
  }
}
