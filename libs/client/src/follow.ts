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
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const TRIES = 20;

/**
 * Every event of a run from the first to its RunCompleted, each once and in order, however often the connection breaks:
 * it goes on after the last one seen.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<FollowedEvent> {
  let seen = 0;
  for (let tries = 0; ; tries++) {
    try {
      for await (const event of connect(options, seen)) {
        if (event.seq !== seen + 1) throw new Error(`event ${event.seq} came after event ${seen}`);
        seen = event.seq;
        tries = 0;
        yield event;
        if (event.type === 'RunCompleted') return;
      }
      throw new Error('the server ended the stream before the run ended');
    } catch (error) {
      if (options.signal?.aborted || isFinal(error) || tries >= TRIES) throw error;
      options.onLost?.(`${(error as Error).message}; going on after event ${seen}`);
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS));
    }
  }
}

async function* connect({ url, apiKey, runId, signal }: FollowOptions, since: number): AsyncGenerator<FollowedEvent> {
  const address = `${url.replace(/\/+$/, '')}/api/v1/executions/${runId}/stream?since=${since}`;
  const headers = { accept: 'text/event-stream', ...authorization(apiKey) };
  const response = await fetch(address, { headers, ...(signal && { signal }) }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  if (!response.ok) throw await problemOf(response);
  if (response.body === null) return;
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) yield JSON.parse(data) as FollowedEvent;
}

// What the server refused it will refuse again; a server that is restarting will not.
const isFinal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ApiProblem' && 'status' in error && Number(error.status) < 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
