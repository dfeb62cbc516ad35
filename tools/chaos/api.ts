import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type FollowedEvent, follow, Unreachable } from '@testmesh/client';

// The API as a patient client uses it: what had no answer is asked again, under the same key where it may act only once.

export interface Client {
  /** Addresses of the API; any of them will do. */
  readonly urls: readonly string[];
  readonly key: string;
  /** Requests that had no answer of any kind for longer than the API may take. */
  readonly hung: string[];
}

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export type Answer = Readonly<Record<string, unknown>>;

/** Longer than the API takes for any answer: one that takes longer hangs. */
const ANSWER_MS = 75_000;
/** Longer than any fault lasts. */
const PATIENCE_MS = 240_000;

let turn = 0;
const nextUrl = ({ urls }: Client): string => urls[turn++ % urls.length] ?? '';

/** Asks until there is an answer; a refusal is an `ApiProblem`. */
export const ask = async (client: Client, path: string, request: Ask = {}): Promise<Answer> => {
  const begun = performance.now();
  const tries: string[] = [];
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
    const askedAt = performance.now();
    try {
      return await askOnce(client, path, request);
    } catch (error) {
      if (!isPassing(error)) throw error;
      const now = performance.now();
      if (error instanceof Error && error.name === 'TimeoutError') client.hung.push(path);
      tries.push(`${seconds(askedAt - begun)}+${seconds(now - askedAt)} s: ${wordsOf(error)}`);
      if (now - begun > PATIENCE_MS) {
        const told = `${path} had no answer in ${seconds(PATIENCE_MS)} s:\n    ${tries.join('\n    ')}`;
        throw new Error(told, { cause: error });
      }
      await sleep(pauseMs);
    }
  }
};

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const wordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};

const askOnce = async (client: Client, path: string, { method, body, idempotencyKey }: Ask): Promise<Answer> => {
  const response = await fetch(`${nextUrl(client)}/api/v1${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${client.key}`,
      'content-type': 'application/json',
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await response.text();
  if (!response.ok)
    throw new ApiProblem(response.status, { detail: `${path}: ${response.status} ${text.slice(0, 300)}` });
  return (text === '' ? {} : JSON.parse(text)) as Answer;
};

const TOO_MANY = 429;

/** Whether asking again may help: nobody answered, or a server that is in trouble did. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof ApiProblem) || error.status >= 500 || error.status === TOO_MANY;

/** The versions of a run's events as a live stream told them, from the first to the last, however long the run takes. */
export const versionsOf = async (client: Client, runId: string): Promise<readonly number[]> => {
  let heardAt = performance.now();
  for (;;) {
    const seen: FollowedEvent[] = [];
    try {
      // A parked run says nothing for minutes: what counts is when the server answered last.
      const onConnected = (): void => {
        heardAt = performance.now();
      };
      for await (const event of follow({ url: nextUrl(client), apiKey: client.key, runId, onConnected })) {
        seen.push(event);
      }
      return seen.map(({ seq }) => seq);
    } catch (error) {
      const isSilence = error instanceof Unreachable || (error instanceof ApiProblem && isPassing(error));
      if (!isSilence || performance.now() - heardAt > PATIENCE_MS) throw error;
    }
  }
};
