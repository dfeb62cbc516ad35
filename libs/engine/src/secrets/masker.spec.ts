import { expect, test } from '@jest/globals';
import { ExactNumber, type Value } from '@testmesh/domain';
import fc from 'fast-check';
import { MASK, Masker } from './masker.ts';

const masking = (...secrets: Value[]): Masker => {
  const masker = new Masker();
  for (const secret of secrets) masker.addSecret(secret);
  return masker;
};

test('E43: what holds no secret comes back as the same object', () => {
  const value = { a: [1, 'x', { b: null }], headers: { accept: 'json' } };
  expect(masking('hunter22').value(value)).toBe(value);
  expect(new Masker().value(value)).toBe(value);
});

test('E40: a marked secret is masked in values, keys and numbers, whatever its length', () => {
  const masker = masking('ab', 4711, new ExactNumber('12345678901234567890'));
  expect(masker.value({ ab: 'xaby', n: [4711, 4712], big: new ExactNumber('12345678901234567890') })).toEqual({
    [MASK]: 'x***y',
    n: [MASK, 4712],
    big: MASK,
  });
});

test('E40: of a marked object everything is secret', () => {
  expect(masking({ user: 'root', keys: ['k-1'] }).text('root k-1 other')).toBe('*** *** other');
});

test('E41: the password of a connection string is masked where it stands, however short', () => {
  const masker = new Masker();
  expect(masker.text('at postgres://app:pw@db.local:5432/x')).toBe('at postgres://app:***@db.local:5432/x');
  expect(masker.text('redis://:p%40w@cache')).toBe('redis://:***@cache');
  expect(masker.text('mysql://u:p@ss@db/x')).toBe('mysql://u:***@db/x');
  expect(masker.text('host=db password=pw user=app')).toBe('host=db password=*** user=app');
  expect(masker.text('app:pw@tcp(db:3306)/x')).toBe('app:***@tcp(db:3306)/x');
  expect(masker.text('http://host:80/path and a@b')).toBe('http://host:80/path and a@b');
});

test('E41: a connection string teaches its password by value from 8 characters on', () => {
  const masker = new Masker();
  masker.learnConfig({ connection: 'postgres://app:l%40ng-enough@db/x', other: 'mysql://u:short@db' });
  expect(masker.text('auth failed for l@ng-enough, l%40ng-enough, short')).toBe('auth failed for ***, ***, short');
});

test('E41: authorization and cookie headers are masked where they stand and by value', () => {
  const masker = new Masker();
  masker.learnConfig({ headers: { Authorization: 'Bearer eyJabc.def', Cookie: 'sid=0123456789; a=b' } });
  expect(masker.value({ request: { headers: { authorization: 'x', Accept: 'y' } } })).toEqual({
    request: { headers: { authorization: MASK, Accept: 'y' } },
  });
  expect(masker.text('sent eyJabc.def and 0123456789')).toBe('sent *** and ***');
  expect(masker.headerLines("curl -H 'Authorization: Basic x' -H 'Accept: y'")).toBe(
    "curl -H 'Authorization: ***' -H 'Accept: y'",
  );
});

test('E41: a cookie that a service sets is masked from then on', () => {
  const masker = new Masker();
  masker.learnResult({ headers: { 'set-cookie': ['sid=abcdefgh12; Path=/'] } });
  expect(masker.text('cookie was abcdefgh12')).toBe('cookie was ***');
});

test('E42: basic authentication hides nothing, however short the password', () => {
  const masker = masking('pw1');
  expect(masker.text(`Basic ${btoa('user:pw1')}`)).toBe('Basic ***');
});

test('E42: a URL encodes some characters and leaves others alone, each part its own', () => {
  const masker = masking('p@ss word/1+x');
  expect(masker.text('GET http://127.0.0.1:9/p@ss%20word/1+x → ECONNREFUSED')).toBe(
    'GET http://127.0.0.1:9/*** → ECONNREFUSED',
  );
  expect(masker.text('http://x/?k=p@ss%20word/1+x&l=p%40ss+word%2f1%2bx#p@ss word/1%2Bx')).toBe(
    'http://x/?k=***&l=***#***',
  );
  expect(masking('a\\b c|d').text(new URL('http://x/a\\b c|d').href)).toBe('http://x/***');
  expect(masking('one\ntwo').text(new URL('http://x/one\ntwo').href)).toBe('http://x/***');
});

test('E42: letter case and the white space around it do not show a secret', () => {
  expect(masking(' Straße-77\n').text('STRASSE-77, straße-77')).toBe('***, ***');
});

test('E42: the beginning of a secret before an ellipsis is masked', () => {
  const token = 'eyJhbGciOiJIUzI1NiJ9."x".'.padEnd(300, 'k');
  const masker = masking(token);
  expect(masker.text(`got ${JSON.stringify(token).slice(0, 120)}… (300 characters)`)).toBe(
    'got "***… (300 characters)',
  );
  expect(masker.text('{"a":1,"token":"eyJhb… and eyJ…')).toBe('{"a":1,"token":"***… and eyJ…');
});

test('E40: a connection string that is a secret as a whole is masked as a whole', () => {
  expect(masking('postgres://app:pw12@db/x').text('at postgres://app:pw12@db/x')).toBe('at ***');
});

const spellings: readonly [string, (secret: string) => string][] = [
  ['plain', (secret) => secret],
  ['inside a sentence', (secret) => `the password ${secret} was refused`],
  ['JSON', (secret) => JSON.stringify({ password: secret })],
  ['JSON in JSON', (secret) => JSON.stringify({ body: JSON.stringify({ password: secret }) })],
  ['percent', (secret) => `https://x/?p=${encodeURIComponent(secret)}`],
  ['form', (secret) => new URLSearchParams({ p: secret }).toString()],
  ['URL path', (secret) => attempt(() => new URL(`http://x/a${secret}/b`).href).join()],
  [
    'URL path of a scheme that is not special',
    (secret) => attempt(() => new URL(`redis://x/a${secret}/b`).href).join(),
  ],
  ['URL query', (secret) => new URL(`http://x/?p=${secret}`).href],
  ['URL query of a scheme that is not special', (secret) => new URL(`amqp://x/?p=${secret}`).href],
  ['URL fragment', (secret) => new URL(`http://x/#${secret}`).href],
  ['URL in a URL', (secret) => new URL(`http://x/?to=${encodeURIComponent(`/?p=${encodeURIComponent(secret)}`)}`).href],
  ['user of a URL', (secret) => Object.assign(new URL('http://x/'), { username: secret }).href],
  ['password of a URL', (secret) => Object.assign(new URL('amqp://x/'), { password: secret }).href],
  ['capitals', (secret) => `it is ${secret.toUpperCase()}`],
  ['small letters', (secret) => encodeURIComponent(secret.toLowerCase()).toLowerCase()],
  ['shell', (secret) => `curl '${secret.replaceAll("'", "'\\''")}'`],
  ['base64', (secret) => btoa(String.fromCharCode(...new TextEncoder().encode(secret)))],
  ['basic', (secret) => `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`user:${secret}`)))}`],
  ['connection string', (secret) => `postgres://app:${encodeURIComponent(secret)}@db/x`],
];

/** Everything a reader could recover from a text without knowing the secret. */
const readings = (text: string): string[] => [
  text,
  ...[text, text.replaceAll('+', ' ')].flatMap((form) => [decoded(form), decoded(decoded(form))]),
  text.replaceAll("'\\''", "'"),
  ...(text.match(/[A-Za-z0-9+/]{4,}={0,2}/g) ?? []).flatMap((run) =>
    attempt(() => new TextDecoder().decode(Uint8Array.from(atob(run), (char) => char.charCodeAt(0)))),
  ),
  ...attempt(() => JSON.stringify(JSON.parse(text), null, 1)),
];

/** Of a text in which not every percent sign begins a character. */
const decoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (code) => attempt(() => decodeURIComponent(code))[0] ?? code);

const attempt = (read: () => string): string[] => {
  try {
    return [read()];
  } catch {
    return [];
  }
};

const secret = fc.string({ minLength: 8, maxLength: 24, unit: 'grapheme-ascii' }).filter((text) => !text.includes('*'));

test('E40, E42: no spelling of a marked secret survives anywhere in a value', () => {
  fc.assert(
    fc.property(secret, fc.constantFrom(...spellings), fc.jsonValue(), (hidden, [, spell], around) => {
      const text = spell(hidden);
      const masked = masking(hidden).value({ around: around as Value, list: [text], [text]: { deep: [{ text }] } });
      const leaves: string[] = [];
      JSON.stringify(masked, (key, value) => {
        leaves.push(key, ...(typeof value === 'string' ? [value] : []));
        return value as unknown;
      });
      return leaves.flatMap(readings).every((reading) => !reading.toLowerCase().includes(hidden.toLowerCase()));
    }),
    { numRuns: 500 },
  );
});
