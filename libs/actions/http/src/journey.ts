import type { ActionContext } from '@testmesh/action-kit';
import type { HttpRequestConfig } from './config.ts';
import { cookieValues } from './cookies.ts';
import { keepSecret, secretHeaders } from './credentials.ts';
import type { Outgoing } from './outgoing.ts';
import { redirected, redirectTarget, TooManyRedirects } from './redirect.ts';
import type { HttpSession } from './session.ts';
import { type Incoming, type Limits, type Progress, send } from './transport.ts';

/** One request and the redirects it leads through, with the cookies taken along. */
export class Journey {
  current: Outgoing;
  progress: Progress = { stage: 'connecting', received: 0 };
  readonly redirects: string[] = [];
  readonly setCookies: string[] = [];
  readonly #origin: string;
  readonly #writesCookies: boolean;
  readonly #session: HttpSession;
  readonly #config: HttpRequestConfig;
  readonly #context: ActionContext;

  constructor(first: Outgoing, session: HttpSession, config: HttpRequestConfig, context: ActionContext) {
    this.current = first;
    this.#origin = first.url.origin;
    this.#writesCookies = includes(first.headers, 'cookie');
    this.#session = session;
    this.#config = config;
    this.#context = context;
  }

  /** The response at the end of the way; `deadline` is on the clock of `performance.now`. */
  async travel(deadline: number): Promise<Incoming> {
    const { follow_redirects: follows, max_body_size: maxBytes } = this.#config;
    const session = this.#session;
    const agent = session.plainAgent(this.#config) ?? (await session.tlsAgent(this.#config, this.#context.readFile));
    const limits: Limits = { signal: this.#context.signal, deadline, maxBytes };
    for (;;) {
      this.progress = { stage: 'connecting', received: 0 };
      if (this.#config.cookies !== undefined || !session.cookies.isEmpty) this.current = await this.#withCookies();
      const incoming = await send(agent, this.current, limits, this.progress);
      if (incoming.headers['set-cookie'] !== undefined) await this.#receiveCookies(incoming.headers['set-cookie']);
      const target = follows ? redirectTarget(incoming, this.current.url) : undefined;
      if (target === undefined) return incoming;
      this.#turn(target, incoming.status);
    }
  }

  #turn(target: URL, status: number): void {
    const most = this.#config.max_redirects;
    this.redirects.push(this.current.url.href);
    if (this.redirects.length > most) {
      const way = [...this.redirects, target.href].join(' → ');
      throw new TooManyRedirects(`the request was redirected more than ${most} times: ${way}`);
    }
    const next = redirected(this.current, target, { status, secretHeaders: secretHeaders(this.#config) });
    // The jar's cookies are chosen anew for each address; what the author wrote is the author's.
    this.current = this.#writesCookies ? next : { ...next, headers: without(next.headers, 'cookie') };
  }

  async #withCookies(): Promise<Outgoing> {
    const { cookies } = this.#session;
    const { url, headers } = this.current;
    const own = url.origin === this.#origin ? (this.#config.cookies ?? {}) : {};
    const values = Object.entries(own).map(([name, value]) => [name, String(value)]);
    const line = await cookies.header(url, Object.fromEntries(values));
    // A Cookie header the author wrote is the whole truth.
    if (line === undefined || this.#writesCookies) return this.current;
    return { ...this.current, headers: [...headers, 'cookie', line] };
  }

  async #receiveCookies(lines: string | readonly string[]): Promise<void> {
    const list = typeof lines === 'string' ? [lines] : lines;
    this.setCookies.push(...list);
    await this.#session.cookies.receive(this.current.url, list);
    for (const value of Object.values(cookieValues(list))) keepSecret(value, this.#context);
  }
}

const includes = (headers: readonly string[], wanted: string): boolean =>
  headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === wanted);

const without = (headers: readonly string[], unwanted: string): string[] =>
  headers.flatMap((name, index) =>
    index % 2 === 0 && name.toLowerCase() !== unwanted ? [name, headers[index + 1] ?? ''] : [],
  );
