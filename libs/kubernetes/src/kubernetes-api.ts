// Objects of any kind, as plain JSON. Nothing here knows what a kind means, and no field is dropped because a type does not know it.
import type { KubernetesSettings } from './access.ts';
import { type Answer, type Ask, Connection } from './connection.ts';
import { KubernetesFault, KubernetesSilence, silenceText, statusOf, WatchExpired } from './faults.ts';
import { KindPaths } from './kind-paths.ts';
import { type Kind, type KubernetesObject, type ObjectList, type ObjectRef, refText } from './objects.ts';
import { eventsOf, type WatchEvent } from './watch-events.ts';

export interface Selection extends Kind {
  /** All of them where none is named. */
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** What became of a wish to delete: it is on its way, it was not there, or another has its name by now and was left alone. */
export type Removal = 'asked' | 'gone' | 'replaced';

const PAGE = 500;
/** A watch that lives longer could be a connection that died without a word. */
const WATCH_SECONDS = 30;

export class KubernetesApi {
  readonly #connection: Connection;
  readonly #paths: KindPaths;
  readonly #watchSeconds: number;

  constructor(settings: KubernetesSettings, watchSeconds = WATCH_SECONDS) {
    this.#watchSeconds = watchSeconds;
    this.#connection = new Connection(settings);
    this.#paths = new KindPaths(this.#connection);
  }

  async get<Item extends KubernetesObject>(ref: ObjectRef, signal: AbortSignal): Promise<Item | undefined> {
    const answer = await this.#ask(ref, { method: 'GET', signal });
    if (answer.statusCode !== 404) return (await this.#read(answer, `read ${refText(ref)}`)) as Item;
    const text = await answer.body.text();
    if (statusOf(text).reason === 'NotFound') return undefined;
    this.#paths.forget(ref);
    throw new KubernetesFault(`the cluster does not know the path to ${refText(ref)} any more`, 404, 'KindUnknown');
  }

  async list<Item extends KubernetesObject>(selection: Selection, signal: AbortSignal): Promise<ObjectList<Item>> {
    const items: Item[] = [];
    for (let from = ''; ; ) {
      const query = { limit: String(PAGE), ...(from !== '' && { continue: from }), ...queryOf(selection) };
      const answer = await this.#ask(selection, { method: 'GET', query, signal });
      const page = (await this.#read(answer, `list ${selection.kind} objects`)) as Page<Item>;
      const { apiVersion, kind } = selection;
      items.push(...page.items.map((item) => ({ ...item, apiVersion, kind })));
      from = page.metadata.continue ?? '';
      if (from === '') return { items, resourceVersion: page.metadata.resourceVersion };
    }
  }

  async create<Item extends KubernetesObject>(object: Item, signal: AbortSignal): Promise<Item> {
    const { name: _none, ...place } = refOf(object);
    const answer = await this.#ask(place, { method: 'POST', body: object, signal });
    return (await this.#read(answer, `make ${refText(refOf(object))}`)) as Item;
  }

  /** Server-side apply: makes it, or brings it to what is said here and leaves alone what is not. */
  async apply<Item extends KubernetesObject>(object: Item, fieldManager: string, signal: AbortSignal): Promise<Item> {
    const ref = refOf(object);
    const query = { fieldManager, force: 'true' };
    const contentType = 'application/apply-patch+yaml';
    const answer = await this.#ask(ref, { method: 'PATCH', query, body: object, contentType, signal });
    return (await this.#read(answer, `apply ${refText(ref)}`)) as Item;
  }

  /** A merge patch. With `metadata.uid` in it another object of that name is not changed: that is refused. */
  async patch<Item extends KubernetesObject>(ref: ObjectRef, body: object, signal: AbortSignal): Promise<Item> {
    const contentType = 'application/merge-patch+json';
    const answer = await this.#ask(ref, { method: 'PATCH', body, contentType, signal });
    return (await this.#read(answer, `change ${refText(ref)}`)) as Item;
  }

  /** Deletes the one with this uid and no other of that name. */
  async remove(ref: ObjectRef, uid: string, signal: AbortSignal): Promise<Removal> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' };
    const answer = await this.#ask(ref, { method: 'DELETE', body, signal });
    if (answer.statusCode < 300) {
      await answer.body.dump();
      return 'asked';
    }
    if (answer.statusCode !== 404 && answer.statusCode !== 409) await this.#read(answer, `delete ${refText(ref)}`);
    const text = await answer.body.text();
    const present = await this.get(ref, signal);
    if (present === undefined) return 'gone';
    if (present.metadata?.uid !== uid) return 'replaced';
    if (present.metadata.deletionTimestamp !== undefined) return 'asked';
    throw faultOf(answer.statusCode, text, `delete ${refText(ref)}`);
  }

  /**
   * What happens from a version on, until the server ends it in peace; resolves once the server listens. `WatchExpired` where that
   * version is too old, which may also be told only while it is read.
   */
  async watch<Item extends KubernetesObject>(
    selection: Selection,
    resourceVersion: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent<Item>>> {
    const query = {
      ...{ watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(this.#watchSeconds), resourceVersion },
      ...queryOf(selection),
    };
    const until = AbortSignal.any([signal, AbortSignal.timeout((this.#watchSeconds + 5) * 1000)]);
    const answer = await this.#ask(selection, { method: 'GET', query, signal: until });
    if (answer.statusCode === 410) throw new WatchExpired(statusOf(await answer.body.text()).message);
    if (answer.statusCode !== 200) await this.#read(answer, `watch ${selection.kind} objects`);
    return this.#told<Item>(answer, signal);
  }

  async *#told<Item extends KubernetesObject>({ body }: Answer, signal: AbortSignal): AsyncGenerator<WatchEvent<Item>> {
    try {
      yield* eventsOf<Item>(body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WatchExpired || error instanceof KubernetesFault) throw error;
      throw new KubernetesSilence(`a watch of the Kubernetes API broke: ${silenceText(error)}`);
    }
  }

  /** Whether objects of the kind are in a namespace, or the whole cluster's. */
  isNamespaced(kind: Kind, signal: AbortSignal): Promise<boolean> {
    return this.#paths.isNamespaced(kind, signal);
  }

  close(): void {
    this.#connection.close();
  }

  async #ask(
    at: Kind & { readonly name?: string; readonly namespace?: string },
    ask: Omit<Ask, 'path'>,
  ): Promise<Answer> {
    const path = await this.#paths.pathOf(at, at.namespace, ask.signal);
    const tail = at.name === undefined ? '' : `/${encodeURIComponent(at.name)}`;
    return this.#connection.ask({ ...ask, path: `${path}${tail}` });
  }

  async #read({ statusCode, body }: Answer, deed: string): Promise<unknown> {
    const text = await body.text();
    if (statusCode < 300) return JSON.parse(text);
    throw faultOf(statusCode, text, deed);
  }
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

const faultOf = (status: number, text: string, deed: string): KubernetesFault => {
  const { message, reason } = statusOf(text);
  return new KubernetesFault(`Kubernetes refused to ${deed} (${status}): ${message}`, status, reason ?? 'Unknown');
};

const queryOf = ({ labelSelector }: Selection) => (labelSelector === undefined ? {} : { labelSelector });

/** The name of an object that is complete; one that lacks a part is its author's mistake. */
export const refOf = ({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef => {
  const { name, namespace } = metadata ?? {};
  if (!apiVersion || !kind || !name)
    throw new Error(`an object lacks apiVersion, kind or name: ${kind ?? ''} ${name ?? ''}`);
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
};
