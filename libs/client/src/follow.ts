import { EventSourceParserStream } from 'eventsource-parser/stream';
import { authorization, type ClientSettings, problemOf, unreachable } from './client.ts';

/** A fact of a run as the API tells it. */
export interface FollowedEvent {
  /** 1, 2, 3 … within the run. */
  readonly seq: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface FollowOptions extends ClientSettings {
  readonly runId: string;
  readonly signal?: AbortSignal;
  /** Told when the connection broke and is made again. */
  readonly onLost?: (message: string) => void;
  /** Told when the server has answered, and tells what happens from now on. */
  readonly onConnected?: () => void;
  /** How often in a row it is tried again without an event; a connection that stood for `lastingMs` begins the count anew. */
  readonly tries?: number;
  readonly lastingMs?: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const TRIES = 20;
const LASTING_MS = 5_000;

/**
 * Every event of a run from the first to its RunCompleted, each once and in order, however often the connection breaks:
 * it goes on after the last one seen. A run may wait for hours behind a proxy that cuts every minute.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<FollowedEvent> {
  const { tries: most = TRIES, lastingMs = LASTING_MS, onLost } = options;
  const place: Place = { seen: 0, connectedAt: Number.POSITIVE_INFINITY };
  for (let tries = 0; ; tries++) {
    const before = place.seen;
    try {
      yield* untilCompleted(options, place);
      return;
    } catch (error) {
      if (place.seen > before || performance.now() - place.connectedAt >= lastingMs) tries = 0;
      if (options.signal?.aborted || isFinal(error) || tries >= most) throw error;
      onLost?.(`${(error as Error).message}; going on after event ${place.seen}`);
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS));
    }
  }
}

/** How far it came, and since when the server answers. */
interface Place {
  seen: number;
  connectedAt: number;
}

/** What one connection tells; a connection that ends before the run does is an error. */
async function* untilCompleted(options: FollowOptions, place: Place): AsyncGenerator<FollowedEvent> {
  place.connectedAt = Number.POSITIVE_INFINITY;
  const connected = (): void => {
    place.connectedAt = performance.now();
    options.onConnected?.();
  };
  for await (const event of connect(options, place.seen, connected)) {
    if (event.seq !== place.seen + 1) throw new Error(`event ${event.seq} came after event ${place.seen}`);
    place.seen = event.seq;
    yield event;
    if (event.type === 'RunCompleted') return;
  }
  throw new Error('the server ended the stream before the run ended');
}

async function* connect(
  { url, apiKey, runId, signal }: FollowOptions,
  since: number,
  connected: () => void,
): AsyncGenerator<FollowedEvent> {
  const address = `${url.replace(/\/+$/, '')}/api/v1/executions/${runId}/stream?since=${since}`;
  const headers = { accept: 'text/event-stream', ...authorization(apiKey) };
  const response = await fetch(address, { headers, ...(signal && { signal }) }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  if (!response.ok) throw await problemOf(response);
  connected();
  if (response.body === null) return;
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) yield JSON.parse(data) as FollowedEvent;
}

// What the server refused it will refuse again; a server that is restarting will not.
const isFinal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ApiProblem' && 'status' in error && Number(error.status) < 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
