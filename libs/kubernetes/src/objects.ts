// The words of this library: objects as the API gives them, and how one is named. It has no behaviour but the text of a name.
export interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** Whatever the cluster knows; who reads one says what they expect of the rest. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMetadata;
}

/** `apps/v1` and `Deployment`; the cluster is asked for the path. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object; `namespace` is left out for kinds that have none. */
export interface ObjectRef extends Kind {
  readonly name: string;
  readonly namespace?: string;
}

export interface ObjectList<Item extends KubernetesObject> {
  readonly items: readonly Item[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
}

export const refText = ({ kind, name, namespace }: Omit<ObjectRef, 'apiVersion'>): string =>
  `${kind} "${namespace === undefined ? '' : `${namespace}/`}${name}"`;
