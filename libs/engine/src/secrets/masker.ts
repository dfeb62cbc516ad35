import { ExactNumber, type Value, type ValueMap } from '@testmesh/domain';
import { base64Spellings } from './base64-spellings.ts';
import { connectionPasswords, maskConnectionPasswords } from './connection-passwords.ts';
import { Needle } from './needle.ts';

// Keeps secrets out of what a run records. Invariants:
// E40. An explicitly marked secret is masked by value wherever it appears, whatever its length: values, keys, messages.
// E41. A secret we only infer (an Authorization or cookie header, a connection string's password) is masked where it stands,
//      and by value from 8 characters on.
// E42. A spelling hides nothing: other letter case, percent-encoded as far as any URL is, escaped (JSON, XML, shell), cut off by an ellipsis,
//      and base64 (also as a part of what was encoded) count.
// E43. What holds no secret is returned as it is, the same object: masking copies nothing that it does not change.

export const MASK = '***';
const INFERRED_MIN_LENGTH = 8;
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);
const HEADER_LINE = /((?:proxy-authorization|authorization|set-cookie|cookie): *)[^'"\r\n]+/gi;
const BASIC = /\b(Basic +)([A-Za-z0-9+/_=-]+)/g;
const BASE64_CHAR = /[A-Za-z0-9+/_=-]/;

export class Masker {
  readonly #known = new Set<string>();
  #needles: Needle[] = [];
  #base64: string[] = [];
  #shortest = Number.POSITIVE_INFINITY;

  /** How many texts it masks. */
  get size(): number {
    return this.#known.size;
  }

  /** The texts it masks, in the clear. */
  texts(): readonly string[] {
    return [...this.#known];
  }

  /** Masks a value that the flow, the environment or an action marked; of an object, everything in it. */
  addSecret(value: Value): void {
    for (const text of secretTexts(value)) this.#add(text);
  }

  /** Masks a text that is probably secret, when it is long enough not to hide ordinary words. */
  infer(text: string): void {
    if (text.length >= INFERRED_MIN_LENGTH) this.#add(text);
  }

  /** Masks a text that something is authenticated with: as it is, and what is secret of it in a header. */
  inferCredential(text: string): void {
    for (const part of [text, ...headerSecrets(text)]) this.infer(part);
  }

  /** Learns what a step's rendered config holds: secret headers and passwords of connection strings. */
  learnConfig(config: Value): void {
    if (typeof config === 'string') for (const password of connectionPasswords(config)) this.infer(password);
    if (typeof config !== 'object' || config === null || config instanceof ExactNumber) return;
    if (Array.isArray(config)) for (const item of config) this.learnConfig(item);
    else for (const [key, item] of Object.entries(config as ValueMap)) this.#learnEntry(key, item);
  }

  /** Learns the cookies that a result set. */
  learnResult(result: ValueMap): void {
    this.#learnHeaders(result['headers']);
    const cookies = result['cookies'];
    if (isMap(cookies)) for (const cookie of Object.values(cookies)) if (typeof cookie === 'string') this.infer(cookie);
  }

  /** The text without secrets. */
  text(text: string): string {
    const masked = maskConnectionPasswords(text, MASK);
    return this.#known.size === 0 ? masked : this.#spelled(masked);
  }

  /** The value without secrets; the value itself when there are none in it. */
  value<T extends Value>(value: T): T {
    return this.#value(value) as T;
  }

  /** Text such as a curl command, where headers stand in lines. */
  headerLines(text: string): string {
    return this.text(text.replace(HEADER_LINE, `$1${MASK}`));
  }

  #value(value: Value): Value {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' || value instanceof ExactNumber) return this.#number(value);
    if (value === null || typeof value !== 'object') return value;
    return Array.isArray(value) ? this.#list(value) : this.#map(value as ValueMap);
  }

  #number(value: number | ExactNumber): Value {
    if (this.#known.size === 0) return value;
    return this.#known.has(String(value)) ? MASK : value;
  }

  #list(list: readonly Value[]): Value {
    let copy: Value[] | undefined;
    for (let at = 0; at < list.length; at++) {
      const item = list[at] as Value;
      const masked = this.#value(item);
      if (masked !== item) copy ??= list.slice(0, at);
      copy?.push(masked);
    }
    return copy ?? list;
  }

  #spelled(text: string): string {
    const isCutOff = text.includes('…');
    if (text.length < this.#shortest && !isCutOff) return text;
    let masked = text;
    if (masked.includes('Basic '))
      masked = masked.replace(BASIC, (all, scheme, code) => this.#basic(all, scheme, code));
    masked = this.#plain(masked);
    if (isCutOff) for (const needle of this.#needles) masked = needle.maskedBeforeEllipsis(masked, MASK);
    for (const needle of this.#base64) if (masked.includes(needle)) masked = maskRun(masked, needle);
    return masked;
  }

  #plain(text: string): string {
    const lowered = text.toLowerCase();
    let masked = text;
    for (const needle of this.#needles) masked = needle.masked(masked, lowered, MASK);
    return masked;
  }

  // Most maps hold nothing secret: they are looked through first, and copied only when something in them changes.
  #map(map: ValueMap): Value {
    for (const key in map) {
      const item = map[key] as Value;
      if (this.#spelled(key) !== key || this.#entry(key, item) !== item) return this.#copy(map);
    }
    return map;
  }

  #copy(map: ValueMap): Value {
    return Object.fromEntries(Object.entries(map).map(([key, item]) => [this.#spelled(key), this.#entry(key, item)]));
  }

  #entry(key: string, item: Value): Value {
    return isHeaders(key, item) ? this.#headers(item) : this.#value(item);
  }

  #headers(headers: ValueMap): Value {
    const secret = Object.keys(headers).some((name) => SECRET_HEADERS.has(name.toLowerCase()));
    if (!secret) return this.#map(headers);
    return this.#map(
      Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? MASK : value]),
      ),
    );
  }

  #basic(all: string, scheme: string, code: string): string {
    const plain = fromBase64(code);
    return plain !== undefined && this.#plain(plain) !== plain ? `${scheme}${MASK}` : all;
  }

  #learnEntry(key: string, item: Value): void {
    if (isHeaders(key, item)) this.#learnHeaders(item);
    else if (PASSWORD_KEYS.has(key) && typeof item === 'string') this.infer(item);
    else if (!BODY_KEYS.has(key)) this.learnConfig(item);
  }

  #learnHeaders(headers: Value | undefined): void {
    if (!isMap(headers)) return;
    for (const [name, value] of Object.entries(headers)) {
      if (SECRET_HEADERS.has(name.toLowerCase())) for (const text of headerSecrets(value)) this.infer(text);
    }
  }

  #add(text: string): void {
    if (text === '' || this.#known.has(text)) return;
    this.#known.add(text);
    // A connection string may be secret as a whole: where it is looked for, its password is masked already.
    const forms = new Set([text, maskConnectionPasswords(text, MASK)]);
    this.#needles = [...this.#needles, ...[...forms].map((form) => new Needle(form))].sort(
      (a, b) => b.length - a.length,
    );
    this.#base64 = [...new Set([...this.#base64, ...base64Spellings(text)])].sort((a, b) => b.length - a.length);
    this.#shortest = Math.min(
      ...this.#needles.map(({ shortest }) => shortest),
      ...this.#base64.map(({ length }) => length),
    );
  }
}

export const isSecretHeader = (name: string): boolean => SECRET_HEADERS.has(name.toLowerCase());
export const isCredentialKey = (key: string): boolean => PASSWORD_KEYS.has(key);

/** Where a rendered config keeps credentials apart from a connection string. */
const PASSWORD_KEYS = new Set(['password', 'token', 'api_key', 'secret', 'private_key']);
/** What a step sends is the author's data, not credentials: a `password` in it is masked only when it is marked. */
const BODY_KEYS = new Set([
  'body',
  'json',
  'form',
  'multipart',
  'params',
  'value',
  'message',
  'messages',
  'query',
  'sql',
  'variables',
]);

const isMap = (value: Value | undefined): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const isHeaders = (key: string, item: Value): item is ValueMap =>
  key.length === 7 && key.toLowerCase() === 'headers' && isMap(item);

const secretTexts = (value: Value): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || value instanceof ExactNumber) return [String(value)];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value as ValueMap).flatMap(secretTexts);
};

/** What is secret in a header: the credentials behind the scheme, each cookie's value, the parts of Basic. */
const headerSecrets = (header: Value): string[] => {
  if (Array.isArray(header)) return header.flatMap(headerSecrets);
  if (typeof header !== 'string') return [];
  const [, scheme = '', credentials = header] = /^([A-Za-z]+) +(.+)$/.exec(header) ?? [];
  const cookies = header.split(/; */).flatMap((pair) => /^[^=\s]+=(.+)$/.exec(pair)?.[1] ?? []);
  const basic = scheme.toLowerCase() === 'basic' ? (fromBase64(credentials)?.split(':').slice(1).join(':') ?? '') : '';
  return [credentials, basic, ...cookies];
};

const fromBase64 = (code: string): string | undefined => {
  try {
    const binary = atob(code.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    // Not base64, so nothing is encoded in it.
    return undefined;
  }
};

/** Masks each base64 run that the needle stands in, edges included. */
const maskRun = (text: string, needle: string): string => {
  let masked = '';
  let from = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, from)) {
    let start = at;
    let end = at + needle.length;
    while (start > from && BASE64_CHAR.test(text.charAt(start - 1))) start--;
    while (end < text.length && BASE64_CHAR.test(text.charAt(end))) end++;
    masked += text.slice(from, start) + MASK;
    from = end;
  }
  return masked + text.slice(from);
};
