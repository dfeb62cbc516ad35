import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';

/** How the way out of the network is made. */
export interface WayOut {
  /** Certificates (PEM) that are trusted beside those that Node trusts. */
  readonly ca?: string | undefined;
  /** What shows who we are, where the server asks (mTLS). */
  readonly client?: { readonly certificate: string; readonly key: string } | undefined;
  /** `http://user:password@proxy:3128`; absent, there is none. */
  readonly proxy?: string | undefined;
  /** Hosts that are reached without it: `*.internal,10.1.2.3`. */
  readonly noProxy?: string | undefined;
}

const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** Connections that are kept, through a proxy where there is one: every request goes through its CONNECT. */
export const wayOut = ({ ca, client, proxy, noProxy }: WayOut): Dispatcher => {
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const tls = { ...trusted, ...(client && { cert: client.certificate, key: client.key }) };
  const connect = { timeout: CONNECT_MS, ...tls };
  const kept = { keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1, allowH2: false };
  if (proxy === undefined) return new Agent({ ...kept, connect });
  return new EnvHttpProxyAgent({
    ...kept,
    connect,
    requestTls: connect,
    // The proxy may have a certificate of the same authority.
    proxyTls: trusted,
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: noProxy ?? '',
    proxyTunnel: true,
  });
};
