// The Kustomizations or HelmReleases of one Flux, as Kubernetes keeps them.
import { type KubernetesApi, KubernetesFault } from '@testmesh/kubernetes';
import { textOf } from './flux-judgement.ts';
import { type FluxKind, type FluxObject, KINDS, REQUESTED, targetNamespaceOf } from './flux-object.ts';

interface Place {
  readonly api: KubernetesApi;
  readonly namespace: string;
}

/** For which environment Flux was asked to look. */
const ASKED_FOR = 'testmesh.dev/reconciled-for';

export class FluxObjects {
  readonly #place: Place;
  readonly #kind: FluxKind;
  readonly #signal: AbortSignal;

  constructor(place: Place, kind: FluxKind, signal: AbortSignal) {
    this.#place = place;
    this.#kind = kind;
    this.#signal = signal;
  }

  get(name: string): Promise<FluxObject | undefined> {
    return this.#place.api.get<FluxObject>(this.#ref(name), this.#signal);
  }

  /** F1: resumed, and looked at anew for this environment. */
  async asked(object: FluxObject, environment: string): Promise<FluxObject> {
    const isAsked = object.metadata?.annotations?.[ASKED_FOR] === environment;
    if (isAsked && object.spec?.suspend !== true) return object;
    const annotations = { [ASKED_FOR]: environment, [REQUESTED]: environment };
    return this.#patch(object, { ...(!isAsked && { metadata: { annotations } }), spec: { suspend: false } });
  }

  /** F4. */
  async remove(object: FluxObject): Promise<void> {
    if (object.spec?.suspend === true) await this.#patch(object, { spec: { suspend: false } });
    const { name = '', uid = '' } = object.metadata ?? {};
    await this.#place.api.remove(this.#ref(name), uid, this.#signal);
  }

  /** Texts of all that deploy into a namespace, of whatever kind Flux has here. */
  static async deployingInto({ api, namespace }: Place, into: string, signal: AbortSignal): Promise<readonly string[]> {
    const found = await Promise.all(
      (Object.keys(KINDS) as FluxKind[]).map(async (kind) => {
        const items = await listed(api, { ...KINDS[kind], namespace }, signal);
        return items
          .filter((object) => targetNamespaceOf(kind, object) === into)
          .map(({ metadata }) => textOf(kind, metadata?.name ?? ''));
      }),
    );
    return found.flat();
  }

  #patch(
    { metadata }: FluxObject,
    { metadata: more, spec }: Pick<FluxObject, 'metadata' | 'spec'>,
  ): Promise<FluxObject> {
    const { name = '', uid } = metadata ?? {};
    return this.#place.api.patch<FluxObject>(this.#ref(name), { metadata: { ...more, uid }, spec }, this.#signal);
  }

  #ref(name: string) {
    return { ...KINDS[this.#kind], namespace: this.#place.namespace, name };
  }
}

/** A Flux may be installed without one of its kinds. */
const listed = async (
  api: KubernetesApi,
  selection: Parameters<KubernetesApi['list']>[0],
  signal: AbortSignal,
): Promise<readonly FluxObject[]> => {
  try {
    return (await api.list<FluxObject>(selection, signal)).items;
  } catch (error) {
    if (error instanceof KubernetesFault && error.reason === 'KindUnknown') return [];
    throw error;
  }
};
