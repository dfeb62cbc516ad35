// Requests to the server, from a network that only lets us out. Invariants:
// H1. What is asked may be asked again: everything here is idempotent, or says what it knows.
// H2. A server that cannot be reached, or is busy, is asked again after a rest that grows, with jitter, up to the time given.
// H3. What the server refuses in words of its own is not asked again; what stands between may say anything, and is not believed.
//     A token that was refused is read anew once: it may have been rotated.
// H4. What is not answered in time is given up by the connection, which then makes sure that it is not dead itself: aborted from
//     outside, requests of HTTP/2 would leave one that is, for all that come after.
import { parseJson, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Clock, Random } from '@testmesh/ports';
import { type Dispatcher, request } from 'undici';

export interface TransportOptions {
  /** `https://testmesh.example.com` */
  readonly url: string;
  /** Reads the token; asked again when the server refused it. */
  readonly token: () => Promise<string>;
  /** Names this process to the server; a new one for every start. */
  readonly instance: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly random: Random;
  /** For so long an answer may be waited for, the time the server may wait for work not counted. */
  readonly timeoutMs?: number;
  /** For so long a request is asked again before its caller is told. */
  readonly retryForMs?: number;
  /** Told once when the server cannot be reached, and once when it answers again. */
  readonly onReach?: (isReached: boolean, why: string) => void;
}

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: ValueMap;
  /** The server may wait for so long before it answers. */
  readonly waitMs?: number;
  /** For so long it is asked again, where that is not as for others. */
  readonly retryForMs?: number;
  readonly signal?: AbortSignal;
}

/** The server understood, and said no. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** The server does not know this agent any more. */
export class NotAdmitted extends Refused {}

/** There was no answer that says anything. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const LEAST_REST_MS = 100;
const MOST_REST_MS = 2000;
const TIMEOUT_MS = 15_000;
const RETRY_FOR_MS = 10_000;

interface Reply {
  readonly status: number;
  readonly retryAfterMs: number;
  /** The server itself speaks. */
  readonly isOwn: boolean;
  readonly text: string;
}

export class Transport {
  readonly #options: TransportOptions;
  #token: Promise<string> | undefined;
  #isReached = true;
  #requests = 0;
  #failed = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Since it was made: requests, and those of them without an answer that says anything. */
  get counts(): { readonly requests: number; readonly failed: number } {
    return { requests: this.#requests, failed: this.#failed };
  }

  /** The body of the answer, `null` where it has none. */
  async ask(asked: Asked): Promise<Value> {
    const { clock, retryForMs = RETRY_FOR_MS } = this.#options;
    const until = clock.monotonic() + (asked.retryForMs ?? retryForMs);
    for (let restMs = LEAST_REST_MS; ; restMs = Math.min(restMs * 2, MOST_REST_MS)) {
      const reply = await this.#tryOnce(asked);
      this.#requests += 1;
      if (!(reply instanceof Unreachable) && !isPassing(reply)) return this.#taken(reply);
      this.#failed += 1;
      const why = reply instanceof Unreachable ? reply.message : `it answered ${reply.status}`;
      this.#tell(false, why);
      const leastMs = reply instanceof Unreachable ? 0 : reply.retryAfterMs;
      const pauseMs = Math.max(restMs * (0.5 + this.#options.random.next() / 2), leastMs);
      if (clock.monotonic() + pauseMs > until) throw new Unreachable(`${this.#options.url}: ${why}`);
      await clock.sleep(pauseMs, asked.signal);
    }
  }

  async #tryOnce(asked: Asked): Promise<Reply | Unreachable> {
    const reply = await this.#send(asked, await this.#currentToken());
    if (reply instanceof Unreachable || reply.status !== 401 || !reply.isOwn) return reply;
    const before = await this.#currentToken();
    this.#token = undefined;
    const token = await this.#currentToken();
    return token === before ? reply : this.#send(asked, token);
  }

  #currentToken(): Promise<string> {
    this.#token ??= this.#options.token();
    return this.#token;
  }

  async #send(asked: Asked, token: string): Promise<Reply | Unreachable> {
    const { url, dispatcher, instance, timeoutMs = TIMEOUT_MS } = this.#options;
    const headersTimeout = timeoutMs + (asked.waitMs ?? 0);
    const limit = AbortSignal.timeout(headersTimeout + timeoutMs);
    try {
      const answer = await request(new URL(asked.path, url), {
        method: asked.method,
        dispatcher,
        signal: asked.signal === undefined ? limit : AbortSignal.any([limit, asked.signal]),
        // H4.
        headersTimeout,
        bodyTimeout: timeoutMs,
        headers: {
          authorization: `Bearer ${token}`,
          'testmesh-instance': instance,
          ...(asked.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(asked.body !== undefined && { body: stringifyJson(asked.body) }),
      });
      const retryAfterMs = 1000 * (Number(answer.headers['retry-after'] ?? 0) || 0);
      const isOwn = answer.statusCode < 300 || String(answer.headers['content-type']).startsWith(PROBLEM);
      return { status: answer.statusCode, retryAfterMs, isOwn, text: await answer.body.text() };
    } catch (error) {
      if (asked.signal?.aborted) throw error;
      return new Unreachable(reasonOf(error), { cause: error });
    }
  }

  #taken({ status, text }: Reply): Value {
    this.#tell(true, '');
    if (status < 300) return text === '' ? null : parseJson(text);
    const detail = detailOf(text) ?? `${this.#options.url} answered ${status}`;
    throw status === 401 ? new NotAdmitted(status, detail) : new Refused(status, detail);
  }

  #tell(isReached: boolean, why: string): void {
    if (this.#isReached === isReached) return;
    this.#isReached = isReached;
    this.#options.onReach?.(isReached, why);
  }
}

const PROBLEM = 'application/problem+json';

/** The server, or what stands before it, may answer otherwise in a moment. */
const isPassing = ({ status, isOwn }: Reply): boolean => !isOwn || status === 408 || status === 429 || status >= 500;

/** What is wrong, in words: the innermost cause says it. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  const words =
    error instanceof AggregateError ? error.errors.map((one: Error) => one.message).join(', ') : error.message;
  return words === '' ? (code ?? error.name) : words;
};

/** A problem of ours says what is wrong; what stands between may answer anything. */
const detailOf = (text: string): string | undefined => {
  try {
    const problem = parseJson(text);
    const detail = typeof problem === 'object' && problem !== null ? (problem as ValueMap)['detail'] : undefined;
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
};
