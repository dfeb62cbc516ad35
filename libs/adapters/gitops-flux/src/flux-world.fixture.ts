// A small controller that does what Flux documents of its own: it acts upon what it was asked, writes conditions, keeps its finalizer
// until what it deployed is gone, and leaves alone what is suspended.
import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { KubernetesApi, KubernetesObject } from '@testmesh/kubernetes';
import { type FluxCondition, type FluxKind, type FluxObject, KINDS, REQUESTED } from './flux-object.ts';

const FINALIZER = 'finalizers.fluxcd.io';
const READY: FluxCondition = { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'Applied' };

const signal = new AbortController().signal;
const KIND_NAMES = Object.keys(KINDS) as FluxKind[];

export class FluxWorld {
  readonly #api: KubernetesApi;
  readonly #status: CustomObjectsApi;
  readonly #stop = new AbortController();
  readonly #going: Promise<void>;
  readonly namespace: string;
  /** What Flux says of an object by its name; where nothing is said it is ready. */
  readonly conditions = new Map<string, readonly FluxCondition[]>();
  /** Objects whose finalizer stays. */
  readonly held = new Set<string>();
  /** Objects that went while Flux looked after them: what they deployed went with them. */
  readonly pruned = new Set<string>();

  constructor(api: KubernetesApi, kubeconfig: string, namespace: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.#api = api;
    this.#status = config.makeApiClient(CustomObjectsApi);
    this.namespace = namespace;
    this.#going = this.#control();
  }

  async make(kind: FluxKind, name: string, into: string, spec: object = {}): Promise<void> {
    const metadata = { name, namespace: this.namespace, finalizers: [FINALIZER] };
    const object = { ...KINDS[kind], metadata, spec: { targetNamespace: into, ...spec } };
    await this.#api.create(object as KubernetesObject, signal);
  }

  get(kind: FluxKind, name: string): Promise<FluxObject | undefined> {
    return this.#api.get<FluxObject>(this.#ref(kind, name), signal);
  }

  async remove(kind: FluxKind, name: string): Promise<void> {
    const uid = (await this.get(kind, name))?.metadata?.uid ?? '';
    await this.#api.remove(this.#ref(kind, name), uid, signal);
    while ((await this.get(kind, name))?.metadata?.uid === uid) await pause();
  }

  async suspend(kind: FluxKind, name: string): Promise<void> {
    await this.#api.patch(this.#ref(kind, name), { spec: { suspend: true } }, signal);
  }

  /** Says it at once, as on a round of its own. */
  async say(kind: FluxKind, name: string, ...conditions: readonly FluxCondition[]): Promise<void> {
    this.conditions.set(name, conditions);
    const object = await this.get(kind, name);
    if (object !== undefined) await this.#report(kind, object);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#going;
  }

  async #control(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const kind of KIND_NAMES) {
        const { items } = await this.#api.list<FluxObject>({ ...KINDS[kind], namespace: this.namespace }, signal);
        for (const item of items) await unlessGone(this.#reconcile(kind, item));
      }
      await pause();
    }
  }

  async #reconcile(kind: FluxKind, object: FluxObject): Promise<void> {
    const { name = '', deletionTimestamp, annotations, generation } = object.metadata ?? {};
    if (deletionTimestamp !== undefined) {
      if (this.held.has(name)) return;
      if (object.spec?.suspend !== true) this.pruned.add(name);
      await this.#api.patch(this.#ref(kind, name), { metadata: { finalizers: null } }, signal);
      return;
    }
    if (object.spec?.suspend === true) return;
    const { lastHandledReconcileAt, observedGeneration } = object.status ?? {};
    if (annotations?.[REQUESTED] !== lastHandledReconcileAt || observedGeneration !== generation)
      await this.#report(kind, object);
  }

  async #report(kind: FluxKind, { metadata }: FluxObject): Promise<void> {
    const { name = '', annotations, generation } = metadata ?? {};
    const conditions = (this.conditions.get(name) ?? [READY]).map((condition) => ({
      ...{ observedGeneration: generation, lastTransitionTime: '2030-01-01T00:00:00Z' },
      ...condition,
    }));
    const status = { observedGeneration: generation, lastHandledReconcileAt: annotations?.[REQUESTED], conditions };
    const [group = '', version = ''] = KINDS[kind].apiVersion.split('/');
    const plural = `${kind.toLowerCase()}s`;
    await this.#status.patchNamespacedCustomObjectStatus(
      { group, version, namespace: this.namespace, plural, name, body: { status } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  #ref(kind: FluxKind, name: string) {
    return { ...KINDS[kind], namespace: this.namespace, name };
  }
}

/** Definitions that keep every field and have, as Flux's own, a status of their own. */
export const defineFluxKinds = async (api: KubernetesApi): Promise<void> => {
  for (const kind of KIND_NAMES) {
    const [group = '', version = ''] = KINDS[kind].apiVersion.split('/');
    const singular = kind.toLowerCase();
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const served = { name: version, served: true, storage: true, schema, subresources: { status: {} } };
    const names = { kind, listKind: `${kind}List`, plural: `${singular}s`, singular };
    const definition = {
      ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
      metadata: { name: `${names.plural}.${group}` },
      spec: { group, scope: 'Namespaced', names, versions: [served] },
    };
    await api.apply(definition as KubernetesObject, 'flux-world', signal);
    while (!(await isServed(api, kind))) await pause();
  }
};

const isServed = async (api: KubernetesApi, kind: FluxKind): Promise<boolean> => {
  try {
    await api.list({ ...KINDS[kind], namespace: 'default' }, signal);
    return true;
  } catch {
    return false;
  }
};

export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

/** It may go between two looks. */
const unlessGone = async (done: Promise<void>): Promise<void> => {
  try {
    await done;
  } catch (error) {
    const { status, code } = error as { readonly status?: number; readonly code?: number };
    if (status !== 404 && code !== 404) throw error;
  }
};
