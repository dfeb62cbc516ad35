// A request and its response as a report shows them: trimmed, without credentials, with a curl that repeats it.
import { type Exchange, stringifyJson, type Value } from '@testmesh/domain';
import { curlCommand } from './curl.ts';
import { type HeaderLines, MAX_SHOWN, type Shown } from './shown-request.ts';

const MASK = '***';
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie']);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Value;
  readonly size: number;
  readonly durationMs: number;
}

const headerLines = ({ sent: { headers }, secretHeaders }: Shown): HeaderLines => {
  const lines: [string, string][] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const lower = name.toLowerCase();
    const secret = CREDENTIALS.has(lower) || secretHeaders.has(lower);
    lines.push([name, secret ? MASK : (headers[index + 1] ?? '')]);
  }
  return lines;
};

const masked = (headers: Answer['headers']): Answer['headers'] =>
  'set-cookie' in headers ? { ...headers, 'set-cookie': MASK } : headers;

/** A value that is small enough to show, else the beginning of its text with its size. */
const trimmed = (body: Value, size: number): Value => {
  if (size <= MAX_SHOWN) return body;
  const text = typeof body === 'string' ? body : stringifyJson(body);
  return `${text.slice(0, MAX_SHOWN)}… (${size.toLocaleString('en')} bytes in all)`;
};

const sentBody = ({ sent, parts, body }: Shown): Value | undefined => {
  if (parts !== undefined) {
    return parts.map(({ name, filename, content }) =>
      filename === undefined ? { name, value: String(content) } : { name, filename, bytes: content.length },
    );
  }
  return sent.body === undefined ? undefined : trimmed(body ?? String(sent.body), sent.body.length);
};

const milliseconds = (ms: number): string => (ms < 1 ? 'less than 1 ms' : `${Math.round(ms)} ms`);

/** What a report shows; without an answer it says how the request ended instead. */
export const shownExchange = (shown: Shown, answer: Answer | { readonly failed: string }): Exchange => {
  const lines = headerLines(shown);
  const { method } = shown.sent;
  const headers = Object.fromEntries(lines);
  const body = sentBody(shown);
  const request: Value =
    body === undefined ? { method, url: shown.url, headers } : { method, url: shown.url, headers, body };
  const sentence = `${method} ${shown.url} → `;
  const curl = curlCommand(shown, lines);
  if ('failed' in answer) return { kind: 'http', summary: sentence + answer.failed, request, curl };
  const { status, durationMs, size } = answer;
  return {
    kind: 'http',
    summary: `${sentence}${status} in ${milliseconds(durationMs)}`,
    request,
    response: { status, headers: masked(answer.headers), body: trimmed(answer.body, size) },
    curl,
  };
};
