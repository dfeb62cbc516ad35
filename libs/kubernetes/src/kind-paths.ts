import type { Connection } from './connection.ts';
import { KubernetesFault } from './faults.ts';
import type { Kind } from './objects.ts';

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where the objects of a kind are: the cluster says how it calls them. What it said is kept, what it did not know is asked again. */
export class KindPaths {
  readonly #connection: Connection;
  readonly #known = new Map<string, readonly Resource[]>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Of one namespace, or of all where none is named. */
  async pathOf(kind: Kind, namespace: string | undefined, signal: AbortSignal): Promise<string> {
    const resource = await this.#resource(kind, signal);
    const space = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    return `${rootOf(kind.apiVersion)}${space}/${resource.name}`;
  }

  async isNamespaced(kind: Kind, signal: AbortSignal): Promise<boolean> {
    return (await this.#resource(kind, signal)).namespaced;
  }

  /** The path led nowhere: the kind may have been removed. */
  forget({ apiVersion }: Kind): void {
    this.#known.delete(apiVersion);
  }

  async #resource({ apiVersion, kind }: Kind, signal: AbortSignal): Promise<Resource> {
    const resource =
      resourceOf(this.#known.get(apiVersion), kind) ?? resourceOf(await this.#ask(apiVersion, signal), kind);
    if (resource !== undefined) return resource;
    const message = `the cluster knows no ${kind} of ${apiVersion}: what brings that kind is not installed there`;
    throw new KubernetesFault(message, 404, 'KindUnknown');
  }

  async #ask(apiVersion: string, signal: AbortSignal): Promise<readonly Resource[]> {
    const { statusCode, body } = await this.#connection.ask({ method: 'GET', path: rootOf(apiVersion), signal });
    if (statusCode === 404) {
      await body.dump();
      return [];
    }
    const text = await body.text();
    if (statusCode !== 200)
      throw new KubernetesFault(`Kubernetes did not tell its kinds of ${apiVersion}: ${text}`, statusCode, 'Discovery');
    const { resources = [] } = JSON.parse(text) as { readonly resources?: readonly Resource[] };
    const own = resources.filter(({ name }) => !name.includes('/'));
    this.#known.set(apiVersion, own);
    return own;
  }
}

const rootOf = (apiVersion: string): string => `${apiVersion.includes('/') ? '/apis/' : '/api/'}${apiVersion}`;

const resourceOf = (resources: readonly Resource[] | undefined, kind: string): Resource | undefined =>
  resources?.find((resource) => resource.kind === kind);
