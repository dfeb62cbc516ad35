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

/**
 * Connections that are kept, through a proxy where there is one: every request goes through its CONNECT. HTTP/2 where the server
 * offers it, all requests over one connection; else HTTP/1.1.
 */
export const wayOut = ({ ca, client, proxy, noProxy }: WayOut): Dispatcher => {
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const tls = { ...trusted, ...(client && { cert: client.certificate, key: client.key }) };
  const connect = { timeout: CONNECT_MS, preferH2: true, ...tls };
  const kept = { keepAliveTimeout: KEEP_ALIVE_MS, allowH2: true };
  if (proxy === undefined) return new Agent({ ...kept, connect });
  return new EnvHttpProxyAgent({
    ...kept,
    connect,
    requestTls: connect,
    // The proxy may have a certificate of the same authority. It is spoken to in HTTP/1.1: that is where CONNECT is at home.
    proxyTls: { ...trusted, allowH2: false },
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: noProxy ?? '',
    proxyTunnel: true,
  });
};
