// Why a request could not be carried out, as a sentence with the address and the cause.
import { isNativeError } from 'node:util/types';
import { refusalWithin } from '@testmesh/outbound';
import { BrokenEncoding, UnknownEncoding } from './decode.ts';
import { TooManyRedirects, UnusableRedirect } from './redirect.ts';
import { BodyTooLarge, type Progress, TimeIsUp } from './transport.ts';

export interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly help?: string;
}

export interface Attempt {
  readonly method: string;
  readonly url: URL;
  readonly progress: Progress;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

type Explain = (attempt: Attempt, error: NodeJS.ErrnoException) => Omit<Failure, 'code'>;

const address = ({ host }: URL): string => host;

const lost: Explain = ({ url, progress }) => ({
  reason:
    progress.stage === 'reading the body'
      ? `${address(url)} closed the connection in the middle of the response body, after ${bytes(progress.received)}`
      : `${address(url)} closed the connection without answering`,
});

const unreachable: Explain = ({ url }, { code }) => ({
  reason: `${address(url)} cannot be reached from here (${code})`,
});

const untrusted =
  (why: string): Explain =>
  ({ url }) => ({
    reason: `the certificate of ${address(url)} is not trusted: ${why}`,
    help: 'name the authority with `ca`, or switch the check off with `verify_ssl: false`',
  });

const BY_CODE: Readonly<Record<string, Explain>> = {
  ECONNREFUSED: ({ url }) => ({
    reason: `nothing listens at ${withPort(url)} (connection refused)`,
    help: 'is the service up, and is this its address?',
  }),
  ENOTFOUND: ({ url }) => ({ reason: `the host name ${url.hostname} is not known` }),
  EAI_AGAIN: ({ url }) => ({
    reason: `the host name ${url.hostname} could not be looked up: the name server did not answer`,
  }),
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: ({ url }) => ({ reason: `${withPort(url)} did not answer the connection attempt` }),
  ECONNRESET: lost,
  EPIPE: lost,
  UND_ERR_SOCKET: lost,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ({ url }) => ({
    reason: `${address(url)} sent a body that is not as long as its Content-Length says`,
  }),
  UND_ERR_HEADERS_OVERFLOW: ({ url }) => ({ reason: `the response headers of ${address(url)} are larger than 16 KiB` }),
  UND_ERR_INVALID_ARG: (_, { message }) => ({ reason: `the request cannot be sent: ${message}` }),
  UND_ERR_NOT_SUPPORTED: (_, { message }) => ({ reason: `the request cannot be sent: ${message}` }),
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted('it is self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted('its chain ends in a self-signed certificate'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted('the authority that issued it is not known'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted('the authority that issued it is not known'),
  CERT_HAS_EXPIRED: untrusted('it has expired'),
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted('it was issued for another name'),
  ERR_SSL_WRONG_VERSION_NUMBER: ({ url }) => ({
    reason: `${withPort(url)} does not speak TLS`,
    help: 'is the address meant to begin with http://?',
  }),
};

const withPort = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

const bytes = (count: number): string => (count === 1 ? '1 byte' : `${count.toLocaleString('en')} bytes`);

const seconds = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${ms / 1000}s`);

/** The size limit as people write it. */
const size = (limit: number): string => (limit % 1024 ** 2 === 0 ? `${limit / 1024 ** 2} MiB` : bytes(limit));

const ownFailure = (error: unknown, { url, progress, timeoutMs, maxBytes }: Attempt): Failure | undefined => {
  if (error instanceof TimeIsUp) {
    const read = progress.stage === 'reading the body' ? `, ${bytes(progress.received)} of it received` : '';
    return {
      code: 'TM4001',
      reason: `no complete answer from ${withPort(url)} within ${seconds(timeoutMs)}: still ${progress.stage}${read}`,
    };
  }
  if (error instanceof BodyTooLarge) {
    return {
      code: 'TM4002',
      reason: `the response body of ${address(url)} is larger than ${size(maxBytes)}`,
      help: 'raise `max_body_size` if so much is meant to come',
    };
  }
  if (error instanceof TooManyRedirects) return { code: 'TM4003', reason: error.message };
  if (error instanceof UnusableRedirect) return { code: 'TM4004', reason: error.message };
  if (error instanceof UnknownEncoding) {
    return { code: 'TM4005', reason: `${address(url)} sent a body in an unknown content encoding: ${error.message}` };
  }
  if (error instanceof BrokenEncoding) {
    return { code: 'TM4005', reason: `the compressed body of ${address(url)} cannot be unpacked (${error.message})` };
  }
  return undefined;
};

/** The failure an error stands for; undefined when it is none of the network's and must be thrown on. */
export const explainFailure = (error: unknown, attempt: Attempt): Failure | undefined => {
  const refused = refusalWithin(error);
  if (refused !== undefined) return refused;
  const own = ownFailure(error, attempt);
  if (own !== undefined || !isNativeError(error)) return own;
  if (error.name === 'HTTPParserError') {
    return { code: 'TM4006', reason: `${address(attempt.url)} answered something that is not HTTP: ${error.message}` };
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return undefined;
  const explain = BY_CODE[code];
  if (explain !== undefined) return { code, ...explain(attempt, error) };
  return { code, reason: `${attempt.method} ${attempt.url.origin} failed: ${error.message}` };
};
