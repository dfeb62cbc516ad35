import http from 'node:http';
import https from 'node:https';
import type { OutboundPolicy } from '@testmesh/ports';
import { judged } from './sockets.ts';

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface Posted {
  readonly status: number;
  /** The beginning of the answer's body. */
  readonly text: string;
}

const KEPT_BYTES = 4096;

/** Posts to an address that somebody else chose: judged by the policy, redirects not followed, the answer cut short. */
export const postOutside = async (policy: OutboundPolicy | undefined, posting: Posting): Promise<Posted> => {
  const url = new URL(posting.url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`${url.protocol} is not a web address`);
  const options = judged(policy, {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    path: null,
  });
  const request = url.protocol === 'https:' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...options,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { ...posting.headers, 'content-length': Buffer.byteLength(posting.body) },
        ...(url.username !== '' && { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }),
        agent: false,
        signal: posting.signal,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const finish = (): void =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString().slice(0, KEPT_BYTES) });
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > KEPT_BYTES) {
            finish();
            answer.destroy();
          }
        });
        answer.on('end', finish);
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(posting.body);
  });
};
