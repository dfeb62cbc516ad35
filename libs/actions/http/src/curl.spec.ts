import { expect, test } from '@jest/globals';
import { curlCommand } from './curl.ts';
import type { HeaderLines, Shown } from './shown-request.ts';

const command = (request: Partial<Shown['sent']>, more: Partial<Shown> = {}, headers: HeaderLines = []): string => {
  const url = new URL('http://orders.test/orders?a=1');
  const sent = { method: 'GET', url, headers: [], body: undefined, ...request };
  const shown = {
    sent,
    parts: undefined,
    body: undefined,
    secretHeaders: new Set<string>(),
    url: url.href,
    insecure: false,
    follows: false,
  };
  return curlCommand({ ...shown, ...more }, headers);
};

test('a plain GET needs its address only, quoted for the shell', () => {
  expect(command({})).toBe("curl 'http://orders.test/orders?a=1'");
});

test('a quote in the body cannot end the shell word', () => {
  expect(command({ method: 'POST', body: `{"name":"O'Hara"}` })).toBe(
    `curl 'http://orders.test/orders?a=1' --data-raw '{"name":"O'\\''Hara"}'`,
  );
});

test('other methods are named, HEAD by its own flag', () => {
  expect(command({ method: 'DELETE' })).toBe("curl -X DELETE 'http://orders.test/orders?a=1'");
  expect(command({ method: 'GET', body: 'x' })).toContain('-X GET');
  expect(command({ method: 'HEAD' })).toBe("curl -I 'http://orders.test/orders?a=1'");
});

test('headers are repeated, the trace is not, compressed answers are asked for by flag', () => {
  const headers: HeaderLines = [
    ['traceparent', '00-1'],
    ['X-Env', 'staging 1'],
    ['Accept-Encoding', 'gzip'],
  ];
  expect(command({}, {}, headers)).toBe(
    "curl 'http://orders.test/orders?a=1' -H 'X-Env: staging 1' --compressed -H 'Accept-Encoding: gzip'",
  );
});

test('multipart parts, redirects and an unchecked certificate have their flags', () => {
  const parts = [
    { name: 'title', content: 'A report' },
    { name: 'file', filename: 'report.pdf', content: new Uint8Array() },
  ];
  const headers: HeaderLines = [['content-type', 'multipart/form-data; boundary=b']];
  expect(command({ method: 'POST', body: new Uint8Array() }, { parts, insecure: true, follows: true }, headers)).toBe(
    "curl -k -L 'http://orders.test/orders?a=1' -F 'title=A report' -F file=@report.pdf",
  );
});

test('a large body is left to a file', () => {
  expect(command({ method: 'POST', body: 'x'.repeat(5000) })).toMatch(/ --data-binary @body$/);
});
