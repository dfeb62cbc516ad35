import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Socket, connect as tcpConnect } from 'node:net';
import { type PeerCertificate, rootCertificates, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { systemClock } from '@testmesh/runtime';
import type { Settings } from './settings.ts';

/** What a look at one part of the way found. */
export type Finding =
  | { readonly ok: true; readonly found: string; readonly warning?: string }
  | { readonly ok: false; readonly wrong: string; readonly todo: string };

export interface Step {
  readonly name: string;
  readonly look: () => Promise<Finding>;
}

const LIMIT_MS = 10_000;

/** What lies between here and the server, in the order in which a request meets it. */
export const networkSteps = (settings: Settings): readonly Step[] => {
  const server = new URL(settings.url);
  const proxy =
    settings.wayOut.proxy === undefined || goesDirect(server, settings) ? undefined : new URL(settings.wayOut.proxy);
  const first = proxy ?? server;
  const what = proxy === undefined ? 'the server' : 'the proxy';
  return [
    { name: 'dns', look: () => dns(first, what) },
    { name: 'tcp', look: () => tcp(first, what) },
    ...(proxy === undefined ? [] : [{ name: 'proxy', look: () => throughProxy(proxy, server, settings) }]),
    ...(server.protocol === 'https:' ? [{ name: 'tls', look: () => tls(server, proxy, settings) }] : [PLAIN]),
  ];
};

const PLAIN: Step = {
  name: 'tls',
  look: async () => ({
    ok: true,
    found: 'none: the address begins with http',
    warning: 'tokens and secrets of runs go over this way unencrypted: use https outside of a laptop',
  }),
};

const goesDirect = ({ hostname }: URL, { wayOut: { noProxy = '' } }: Settings): boolean =>
  noProxy
    .split(/[,\s]+/)
    .map((entry) => entry.replace(/^\*?\./, '').replace(/:\d+$/, ''))
    .some((entry) => entry !== '' && (entry === '*' || hostname === entry || hostname.endsWith(`.${entry}`)));

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80);
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

const dns = async (url: URL, what: string): Promise<Finding> => {
  try {
    const found = await lookup(hostOf(url), { all: true });
    return { ok: true, found: `${url.hostname} is ${found.map(({ address }) => address).join(', ')}` };
  } catch (error) {
    const wrong = `the name of ${what}, ${url.hostname}, is not known here (${codeOf(error)})`;
    return { ok: false, wrong, todo: 'look for a slip in the address, or ask who runs the DNS of this network' };
  }
};

const tcp = async (url: URL, what: string): Promise<Finding> => {
  try {
    const begun = performance.now();
    (await connected(url)).destroy();
    return { ok: true, found: `${url.hostname}:${portOf(url)} answers in ${Math.round(performance.now() - begun)} ms` };
  } catch (error) {
    const wrong = `${what} at ${url.hostname}:${portOf(url)} does not take connections (${codeOf(error)})`;
    return { ok: false, wrong, todo: 'let this machine connect there: a firewall, a wrong port, or it is not running' };
  }
};

const connected = (url: URL): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = tcpConnect({ host: hostOf(url), port: portOf(url) });
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('no answer')));
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });

const throughProxy = async (proxy: URL, server: URL, settings: Settings): Promise<Finding> => {
  const tunnel = await tunnelTo(server, proxy, settings);
  if (!(tunnel instanceof Error)) {
    tunnel.destroy();
    return { ok: true, found: `it lets us through to ${server.hostname}:${portOf(server)}` };
  }
  const wrong = `the proxy does not let us through to ${server.hostname}:${portOf(server)}: ${tunnel.message}`;
  const todo = tunnel.message.includes('407')
    ? 'give the proxy a name and a password: http://user:password@proxy:3128'
    : 'have the proxy allow CONNECT to this server, or name the server in NO_PROXY';
  return { ok: false, wrong, todo };
};

const tunnelTo = (server: URL, proxy: URL, { wayOut: { ca } }: Settings): Promise<Socket | Error> =>
  new Promise((resolve) => {
    const { username, password } = proxy;
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
    const ask = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const target = `${server.hostname}:${portOf(server)}`;
    ask({
      method: 'CONNECT',
      host: hostOf(proxy),
      port: portOf(proxy),
      path: target,
      headers: { host: target, ...(username !== '' && { 'proxy-authorization': `Basic ${login}` }) },
      timeout: LIMIT_MS,
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
    })
      .once('connect', ({ statusCode }, socket) => {
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        resolve(new Error(`it answered ${statusCode}`));
      })
      .once('response', ({ statusCode }) => resolve(new Error(`it answered ${statusCode}`)))
      .once('timeout', () => resolve(new Error('it did not answer')))
      .once('error', resolve)
      .end();
  });

const SOON_MS = 14 * 24 * 3_600_000;

const tls = async (server: URL, proxy: URL | undefined, settings: Settings): Promise<Finding> => {
  const way =
    proxy === undefined
      ? await connected(server).catch((error: Error) => error)
      : await tunnelTo(server, proxy, settings);
  if (way instanceof Error)
    return { ok: false, wrong: way.message, todo: 'try again: a moment ago it could be reached' };
  const shaken = await handshake(way, server, settings);
  if (shaken instanceof Error) return { ok: false, wrong: wordsOf(shaken), todo: certificateAdvice(codeOf(shaken)) };
  const certificate = shaken.getPeerCertificate();
  const spoken = `${shaken.getProtocol() ?? 'TLS'} and ${shaken.alpnProtocol === 'h2' ? 'HTTP/2' : 'HTTP/1.1'}`;
  shaken.destroy();
  return certified(certificate, spoken);
};

const handshake = (socket: Socket, server: URL, { wayOut: { ca, client } }: Settings): Promise<TLSSocket | Error> =>
  new Promise((resolve) => {
    const host = hostOf(server);
    const secure = tlsConnect({
      socket,
      host,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
      ...(client && { cert: client.certificate, key: client.key }),
    });
    secure.setTimeout(LIMIT_MS, () => resolve(new Error('the TLS handshake was not answered')));
    secure.once('secureConnect', () => {
      // Whether our certificate will do is said after the handshake, where HTTP/2 has the server speak first.
      if (secure.alpnProtocol === 'h2') secure.once('data', () => resolve(secure));
      else resolve(secure);
    });
    secure
      .once('error', resolve)
      .once('close', () => resolve(new Error('it ended the connection after the handshake')));
  });

const certified = ({ subject, issuer, valid_to }: PeerCertificate, spoken: string): Finding => {
  const leftMs = Date.parse(valid_to) - systemClock.now();
  const days = Math.floor(leftMs / (24 * 3_600_000));
  return {
    ok: true,
    found: `${spoken}, certificate of ${String(subject.CN)} from ${String(issuer.CN)}, ${days} days left`,
    ...(leftMs < SOON_MS && { warning: `the certificate of the server ends in ${days} days: have it renewed` }),
  };
};

const certificateAdvice = (code: string): string => {
  if (/SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/.test(code)) {
    return 'give the certificate of the authority that signed it with --ca-file (a proxy that opens TLS has its own)';
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'use the name that stands in the certificate';
  if (code === 'CERT_HAS_EXPIRED')
    return 'have the certificate of the server renewed, or set the clock of this machine';
  if (/ALERT|REQUIRED|HANDSHAKE/.test(code)) {
    return 'the server asks for a certificate of ours: --client-cert-file and --client-key-file';
  }
  return 'something between here and there does not speak TLS: look at the port and at what stands before the server';
};

/** What OpenSSL found, without where in its sources. */
const wordsOf = (error: Error & { readonly reason?: string }): string => error.reason ?? error.message;

const codeOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
};
