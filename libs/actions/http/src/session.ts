// What the HTTP steps of one run share: connections and cookies.
import tls from 'node:tls';
import type { ActionContext } from '@testmesh/action-kit';
import { judgedLookup, refusedAddress } from '@testmesh/outbound';
import { Agent, buildConnector } from 'undici';
import type { HttpRequestConfig } from './config.ts';
import { RunCookies } from './cookies.ts';

export class HttpSession {
  readonly cookies = new RunCookies();
  readonly #outbound: ActionContext['outbound'];
  readonly #plain: Agent;
  readonly #tls = new Map<string, Agent>();

  constructor(outbound: ActionContext['outbound']) {
    this.#outbound = outbound;
    this.#plain = newAgent(outbound);
  }

  /** The connections for a request without TLS settings of its own; undefined when it has some. */
  plainAgent(config: HttpRequestConfig): Agent | undefined {
    return hasTlsSettings(config) ? undefined : this.#plain;
  }

  /** The connections for a request's TLS settings, kept apart from all others. */
  async tlsAgent(config: HttpRequestConfig, readFile: ActionContext['readFile']): Promise<Agent> {
    const { ca, client_cert: cert, client_key: key, server_name: servername, verify_ssl: rejectUnauthorized } = config;
    const settings = { ca, cert, key, servername, rejectUnauthorized };
    const name = JSON.stringify(settings);
    const known = this.#tls.get(name);
    if (known !== undefined) return known;
    const pem = async (text: string | undefined): Promise<string | undefined> =>
      text === undefined || text.includes('-----BEGIN') ? text : Buffer.from(await readFile(text)).toString();
    const authority = await pem(ca);
    const agent = newAgent(this.#outbound, {
      rejectUnauthorized,
      ...(servername !== undefined && { servername }),
      ...(authority !== undefined && { ca: [...tls.rootCertificates, authority] }),
      ...(cert !== undefined && { cert: await pem(cert), key: await pem(key) }),
    });
    this.#tls.set(name, agent);
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain, ...this.#tls.values()].map((agent) => agent.destroy()));
  }
}

// Time limits are the request's own, so undici's are off; HTTP/1.1 keeps one request on one connection easy to follow.
const newAgent = (outbound: ActionContext['outbound'], tls: object = {}): Agent =>
  new Agent({
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connectorOf(outbound, { timeout: 0, ...tls }),
  });

const connectorOf = (
  outbound: ActionContext['outbound'],
  options: buildConnector.BuildOptions,
): buildConnector.connector | buildConnector.BuildOptions => {
  if (outbound === undefined) return options;
  const connect = buildConnector({ ...options, allowH2: false, lookup: judgedLookup(outbound) });
  return (target, done) => {
    const refused = refusedAddress(outbound, target.hostname);
    if (refused === undefined) connect(target, done);
    else done(refused, null);
  };
};

const hasTlsSettings = ({ verify_ssl, ca, client_cert, server_name }: HttpRequestConfig): boolean =>
  !verify_ssl || ca !== undefined || client_cert !== undefined || server_name !== undefined;

/** The session of this run, opened by its first HTTP step and closed with the run. */
export const httpSession = (context: ActionContext): Promise<HttpSession> =>
  context.use(
    { kind: 'http', key: 'session' },
    async () => new HttpSession(context.outbound),
    (session) => session.close(),
  );
