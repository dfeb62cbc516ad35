// A request and its response as a report shows them: trimmed, without credentials, with a curl that repeats it.
import type { Exchange, Value } from '@testmesh/domain';
import { curlCommand } from './curl.ts';
import type { Parts } from './multipart.ts';
import type { Outgoing } from './outgoing.ts';

const MAX_SHOWN = 4096;
const MASK = '***';
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie']);

export interface Shown {
  readonly sent: Outgoing;
  readonly parts: Parts | undefined;
  /** Lower-case names of further headers whose values are credentials. */
  readonly secretHeaders: ReadonlySet<string>;
  /** The address without credentials. */
  readonly url: string;
  readonly insecure: boolean;
  readonly follows: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Value;
  readonly size: number;
  readonly durationMs: number;
}

/** Header names and values, credentials masked. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

const headerLines = ({ sent, secretHeaders }: Shown): HeaderLines =>
  sent.headers.flatMap((name, index): [string, string][] => {
    if (index % 2 === 1) return [];
    const secret = CREDENTIALS.has(name.toLowerCase()) || secretHeaders.has(name.toLowerCase());
    return [[name, secret ? MASK : (sent.headers[index + 1] ?? '')]];
  });

/** A value that is small enough to show, else the beginning of its text with its size. */
const trimmed = (body: Value, size: number): Value => {
  if (size <= MAX_SHOWN) return body;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `${text.slice(0, MAX_SHOWN)}… (${size.toLocaleString('en')} bytes in all)`;
};

const sentBody = ({ sent: { body }, parts }: Shown): Value | undefined => {
  if (parts !== undefined) {
    return parts.map(({ name, filename, content }) =>
      filename === undefined ? { name, value: String(content) } : { name, filename, bytes: content.length },
    );
  }
  return body === undefined ? undefined : trimmed(String(body), body.length);
};

const milliseconds = (ms: number): string => (ms < 1 ? 'less than 1 ms' : `${Math.round(ms)} ms`);

/** What a report shows; without an answer it says how the request ended instead. */
export const shownExchange = (shown: Shown, answer: Answer | { readonly failed: string }): Exchange => {
  const body = sentBody(shown);
  const request: Value = {
    method: shown.sent.method,
    url: shown.url,
    headers: Object.fromEntries(headerLines(shown)),
    ...(body !== undefined && { body }),
  };
  const line = `${shown.sent.method} ${shown.url}`;
  const curl = curlCommand(shown, headerLines(shown));
  if ('failed' in answer) return { kind: 'http', summary: `${line} → ${answer.failed}`, request, curl };
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, CREDENTIALS.has(name) ? MASK : value]);
  return {
    kind: 'http',
    summary: `${line} → ${answer.status} in ${milliseconds(answer.durationMs)}`,
    request,
    response: {
      status: answer.status,
      headers: Object.fromEntries(headers),
      body: trimmed(answer.body, answer.size),
    },
    curl,
  };
};
