import { type Dispatcher, request } from 'undici';
import { Access, type KubernetesSettings } from './access.ts';
import { KubernetesSilence, silenceText } from './faults.ts';

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

export type Answer = Dispatcher.ResponseData;

/** Requests to one cluster; an answer is whatever comes, an error is that none does. */
export class Connection {
  readonly #access: Access;

  constructor(settings: KubernetesSettings) {
    this.#access = new Access(settings);
  }

  /** A token that was refused may have been renewed since it was read. */
  async ask(ask: Ask): Promise<Answer> {
    const answer = await this.#send(ask);
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    this.#access.renew();
    return this.#send(ask);
  }

  close(): void {
    this.#access.renew();
  }

  async #send({ method, path, query = {}, body, contentType = 'application/json', signal }: Ask): Promise<Answer> {
    const { server, headers, dispatcher } = await this.#access.credentials();
    try {
      return await request(`${server}${path}`, {
        method,
        query,
        headers: { ...headers, accept: 'application/json', ...(body !== undefined && { 'content-type': contentType }) },
        body: body === undefined ? null : JSON.stringify(body),
        signal,
        ...(dispatcher && { dispatcher }),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw silence(server, error);
    }
  }
}

const silence = (server: string, cause: unknown): KubernetesSilence =>
  new KubernetesSilence(`the Kubernetes API at ${server} does not answer: ${silenceText(cause)}`);
