import { KubernetesFault, WatchExpired } from './faults.ts';
import type { KubernetesObject } from './objects.ts';

/** `BOOKMARK` carries nothing but the version that everything was told up to. */
export interface WatchEvent<Item extends KubernetesObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: Item;
}

interface ErrorEvent {
  readonly type: 'ERROR';
  readonly object: { readonly code?: number; readonly message?: string; readonly reason?: string };
}

/** Events of a body that is one JSON text a line. An expired watch is told by an event in an answer of 200. */
export async function* eventsOf<Item extends KubernetesObject>(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<Item>> {
  for await (const line of linesOf(body)) {
    const event = JSON.parse(line) as WatchEvent<Item> | ErrorEvent;
    if (event.type !== 'ERROR') yield event;
    else throw errorOf(event);
  }
}

const errorOf = ({ object: { code = 0, message = '', reason = '' } }: ErrorEvent): Error =>
  code === 410 ? new WatchExpired(message) : new KubernetesFault(`Kubernetes ended a watch: ${message}`, code, reason);

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  // What is left was cut off by a connection that broke: it is told again from the last version.
}
