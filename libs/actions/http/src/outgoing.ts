// What is about to be sent: from a checked config to a method, an address, header lines and bytes.
import { ExactNumber, stringifyJson, type Value } from '@testmesh/domain';
import type { HttpRequestConfig, Scalar } from './config.ts';
import { multipartBody, type Parts } from './multipart.ts';

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  /** Names and values in turn, as undici takes them. */
  readonly headers: string[];
  readonly body: string | Uint8Array | undefined;
}

/** Header lines under case-insensitive names: a later line replaces an earlier one. */
class Headers {
  readonly #lines = new Map<string, readonly [name: string, values: readonly string[]]>();

  set(name: string, value: string | readonly string[]): void {
    this.#lines.set(name.toLowerCase(), [name, typeof value === 'string' ? [value] : value]);
  }
  remove(name: string): void {
    this.#lines.delete(name.toLowerCase());
  }
  has(name: string): boolean {
    return this.#lines.has(name.toLowerCase());
  }
  flat(): string[] {
    const flat: string[] = [];
    for (const [name, values] of this.#lines.values()) for (const value of values) flat.push(name, value);
    return flat;
  }
}

type ScalarOrScalars = Scalar | readonly Scalar[] | null;

const textOf = (value: Scalar): string => (typeof value === 'string' ? value : plainNumber(value));

/** A number's decimal form without an exponent; other scalars as they print. */
const plainNumber = (value: number | boolean | ExactNumber): string => {
  const text = String(value);
  if (value instanceof ExactNumber || !text.includes('e')) return text;
  const [mantissa = '', exponent] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const padded = point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0');
  return (text.startsWith('-') ? '-' : '') + padded;
};

const pairs = (record: Readonly<Record<string, ScalarOrScalars>>): [string, string][] =>
  Object.entries(record).flatMap(([name, value]) => {
    if (value === null) return [];
    const values = isList(value) ? value : [value];
    return values.map((item): [string, string] => [name, textOf(item)]);
  });

const isList = (value: ScalarOrScalars): value is readonly Scalar[] => Array.isArray(value);

const encodePairs = (record: Readonly<Record<string, ScalarOrScalars>>): string =>
  pairs(record)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');

/** The address to send to: query parameters appended, userinfo taken out (it becomes basic auth). */
const targetUrl = ({ url, params, auth }: HttpRequestConfig): URL => {
  if (url.hash !== '') url.hash = '';
  const extra = params === undefined ? '' : encodePairs(params);
  const key =
    auth?.type === 'api_key' && auth.location === 'query'
      ? `${encodeURIComponent(auth.name)}=${encodeURIComponent(auth.key)}`
      : '';
  const query = [url.search.slice(1), extra, key].filter((piece) => piece !== '').join('&');
  if (extra !== '' || key !== '') url.search = query;
  return url;
};

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const authorize = (headers: Headers, url: URL, auth: HttpRequestConfig['auth']): void => {
  if (url.username !== '' || url.password !== '') {
    headers.set('authorization', basic(decodeURIComponent(url.username), decodeURIComponent(url.password)));
    url.username = '';
    url.password = '';
  }
  if (auth?.type === 'basic') headers.set('authorization', basic(auth.username, auth.password));
  if (auth?.type === 'bearer') headers.set('authorization', `Bearer ${auth.token}`);
  if (auth?.type === 'api_key' && auth.location === 'header') headers.set(auth.name, auth.key);
};

interface Body {
  readonly bytes: string | Uint8Array;
  /** Set unless the author's headers name one. */
  readonly contentType: string;
}

const bodyOf = (config: HttpRequestConfig, parts: Parts | undefined): Body | undefined => {
  const { body, form, graphql } = config;
  if (form !== undefined) return { bytes: encodePairs(form), contentType: 'application/x-www-form-urlencoded' };
  if (parts !== undefined) return multipartBody(parts);
  if (graphql !== undefined) {
    const { query, variables, operation_name: operationName } = graphql;
    const operation = { query, ...(variables && { variables }), ...(operationName && { operationName }) };
    return { bytes: stringifyJson(operation as Value), contentType: 'application/json' };
  }
  if (body === undefined) return undefined;
  if (typeof body === 'string') return { bytes: body, contentType: 'text/plain; charset=utf-8' };
  return { bytes: stringifyJson(body), contentType: 'application/json' };
};

export interface Surroundings {
  readonly routingHeaders: Readonly<Record<string, string>>;
  readonly traceparent: string;
  /** The multipart parts, with the bytes of their files. */
  readonly parts: Parts | undefined;
}

/** The request a config describes; of its own accord it adds a traceparent and a content type, nothing else. */
export const outgoing = (config: HttpRequestConfig, around: Surroundings): Outgoing => {
  const url = targetUrl(config);
  const headers = new Headers();
  for (const [name, value] of Object.entries(around.routingHeaders)) headers.set(name, value);
  authorize(headers, url, config.auth);
  for (const [name, value] of Object.entries(config.headers ?? {})) {
    if (value === null) headers.remove(name);
    else headers.set(name, isList(value) ? value.map(textOf) : textOf(value));
  }
  if (!headers.has('traceparent')) headers.set('traceparent', around.traceparent);
  const body = bodyOf(config, around.parts);
  // A multipart boundary is ours to choose, so its content type is too.
  if (body !== undefined && (around.parts !== undefined || !headers.has('content-type'))) {
    headers.set('content-type', body.contentType);
  }
  const method = config.method ?? (config.graphql === undefined ? 'GET' : 'POST');
  return { method, url, headers: headers.flat(), body: body?.bytes };
};
