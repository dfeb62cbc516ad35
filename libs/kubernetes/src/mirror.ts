// A copy of the objects of a kind, kept up to date by a watch.
// M1. `read` answers from the copy only while a watch is running; otherwise it asks the cluster, and fails as that does.
// M2. A watch may be late. What is known by its uid and is not in the copy is asked for: nothing is called lost on a copy's word.
// M3. A watch that ends in peace goes on from the last version it told, bookmarks included.
// M4. A version that the cluster does not remember (410) is followed by a new list: nothing of the old copy survives it.
// M5. What was written is read: `remember` what the cluster answered, and no older version takes its place.
// M6. A watch that breaks is tried again for ever, after pauses that grow.
import type { Clock } from '@testmesh/ports';
import { WatchExpired } from './faults.ts';
import type { KubernetesApi, Selection } from './kubernetes-api.ts';
import type { KubernetesObject } from './objects.ts';

export interface MirrorOptions<Item extends KubernetesObject = KubernetesObject> {
  readonly api: Pick<KubernetesApi, 'get' | 'list' | 'watch'>;
  readonly selection: Selection;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
  /** Told of what the watch tells, as it comes: something to look at, nothing to believe. */
  readonly onChange?: ((object: Item) => void) | undefined;
}

const LEAST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 5000;

export class Mirror<Item extends KubernetesObject> {
  readonly #options: MirrorOptions<Item>;
  readonly #stopping = new AbortController();
  #copy = new Map<string, Item>();
  #isLive = false;
  #pauseMs = LEAST_PAUSE_MS;
  #following: Promise<void> | undefined;

  constructor(options: MirrorOptions<Item>) {
    this.#options = options;
  }

  /** Starts the watch, once. */
  follow(): void {
    this.#following ??= this.#follow();
  }

  /** The object of this name, known by a uid or not. The first reader starts the watch. */
  async read(name: string, uid: string | undefined, signal: AbortSignal): Promise<Item | undefined> {
    this.follow();
    const copy = this.#copy.get(`${this.#options.selection.namespace ?? ''}/${name}`);
    if (this.#isLive && (uid === undefined || copy?.metadata?.uid === uid)) return copy;
    const { api, selection } = this.#options;
    const { apiVersion, kind, namespace } = selection;
    return api.get<Item>({ apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }, signal);
  }

  /** What the watch shows of a namespace; `undefined` where no watch is running. The first reader starts it. */
  within(namespace: string): readonly Item[] | undefined {
    this.follow();
    return this.#isLive
      ? [...this.#copy.values()].filter(({ metadata }) => metadata?.namespace === namespace)
      : undefined;
  }

  remember(object: Item): void {
    if (this.#isLive) this.#take('MODIFIED', object);
  }

  /** As `remember`, for what may be gone by now: it does not come back. */
  correct(object: Item): void {
    if (this.#copy.has(keyOf(object))) this.remember(object);
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#listed();
        const events = await this.#options.api.watch<Item>(this.#options.selection, version, signal);
        this.#isLive = true;
        this.#pauseMs = LEAST_PAUSE_MS;
        for await (const { type, object } of events) {
          version = object.metadata?.resourceVersion ?? version;
          if (type === 'BOOKMARK') continue;
          this.#take(type, object);
          this.#options.onChange?.(object);
        }
        this.#isLive = false; // M1: the next one may be long in coming
        await this.#pause(); // a server that ends every watch at once is not asked without end
      } catch (error) {
        if (signal.aborted) break;
        this.#isLive = false;
        if (error instanceof WatchExpired) version = undefined;
        this.#options.onFault(error);
        await this.#pause();
      }
    }
    this.#isLive = false;
  }

  async #listed(): Promise<string> {
    const { api, selection } = this.#options;
    const { items, resourceVersion } = await api.list<Item>(selection, this.#stopping.signal);
    this.#copy = new Map(items.map((item) => [keyOf(item), item]));
    return resourceVersion;
  }

  #take(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Item): void {
    const key = keyOf(object);
    if (versionOf(object) < versionOf(this.#copy.get(key))) return;
    if (type === 'DELETED') this.#copy.delete(key);
    else this.#copy.set(key, object);
  }

  async #pause(): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS);
    await this.#options.clock.sleep(pauseMs, this.#stopping.signal).catch(() => undefined); // stopped while it waited
  }
}

const keyOf = ({ metadata = {} }: KubernetesObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** Kubernetes promises that versions of one kind can be compared as numbers. */
const versionOf = (object: KubernetesObject | undefined): bigint => BigInt(object?.metadata?.resourceVersion ?? 0);
