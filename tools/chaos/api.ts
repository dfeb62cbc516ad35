import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type FollowedEvent, follow, Unreachable } from '@testmesh/client';

// The API as a patient client uses it: what had no answer is asked again, under the same key where it may act only once.

export interface Client {
  /** Addresses of the API; any of them will do. */
  readonly urls: readonly string[];
  readonly key: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

export type Answer = Readonly<Record<string, unknown>>;

const ANSWER_MS = 15_000;
/** Longer than any fault lasts. */
const PATIENCE_MS = 240_000;

let turn = 0;
const nextUrl = ({ urls }: Client): string => urls[turn++ % urls.length] ?? '';

/** Asks until there is an answer; a refusal is an `ApiProblem`. */
export const ask = async (client: Client, path: string, request: Ask = {}): Promise<Answer> => {
  const until = performance.now() + PATIENCE_MS;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2000)) {
    try {
      return await askOnce(client, path, request);
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (performance.now() > until)
        throw new Error(`${path} had no answer in ${PATIENCE_MS / 1000} s`, { cause: error });
      await sleep(pauseMs);
    }
  }
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

/** The versions of a run's events as a live stream told them, from the first to the last. */
export const versionsOf = async (client: Client, runId: string): Promise<readonly number[]> => {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen: FollowedEvent[] = [];
    try {
      for await (const event of follow({ url: nextUrl(client), apiKey: client.key, runId })) seen.push(event);
      return seen.map(({ seq }) => seq);
    } catch (error) {
      const isSilence = error instanceof Unreachable || (error instanceof ApiProblem && isPassing(error));
      if (!isSilence || performance.now() > until) throw error;
    }
  }
};
