import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ExactNumber, type ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import { httpRequest } from './index.ts';
import { bodyOf, Servers, sendJson } from './servers.fixture.ts';

const servers = new Servers();
let context = actionContext();
afterEach(async () => {
  await context.close();
  await servers.close();
  context = actionContext();
});

const perform = async (config: ValueMap) => {
  const outcome = await httpRequest.perform(config, context);
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome;
};

/** A server that tells what it was sent. */
const echo = () =>
  servers.http(async (request, response) => {
    const body = await bodyOf(request);
    const { method, url, headers } = request;
    sendJson(response, { method, url, headers, raw: request.rawHeaders, body: body.toString('latin1') });
  });
const echoed = async (config: ValueMap): Promise<Record<string, ValueMap[string]>> => {
  const { output } = await perform(config);
  return output['body'] as Record<string, ValueMap[string]>;
};

describe('what is sent', () => {
  test('GET is the default, and only a traceparent is added', async () => {
    const url = await echo();
    const { method, headers } = await echoed({ url: `${url}/users?a=1` });
    expect(method).toBe('GET');
    expect(Object.keys(headers as ValueMap).sort()).toEqual(['connection', 'host', 'traceparent']);
    expect((headers as ValueMap)['traceparent']).toBe(context.traceparent);
  });

  test('a header that a template made unsendable is named, and nothing is sent', async () => {
    const url = await echo();
    const perform = (headers: ValueMap) => httpRequest.perform({ url, headers }, context);
    expect(await perform({ 'X-Ok': 'a', 'X-Token': 'a\r\nX-Admin: yes' })).toEqual({
      kind: 'not-carried-out',
      code: 'TM4008',
      reason: 'the header X-Token cannot be sent: its value has a line break in it',
    });
    expect(await perform({ 'X Y': 'a' })).toMatchObject({ code: 'TM4008', reason: expect.stringMatching('"X Y"') });
  });

  test('query parameters join those of the URL, escaped, lists repeated, null left out', async () => {
    const { url } = await echoed({
      url: `${await echo()}/find?a=1`,
      params: { name: 'Ada & Bob', tag: ['x', 'y'], none: null, big: 1e21 },
    });
    expect(url).toBe('/find?a=1&name=Ada%20%26%20Bob&tag=x&tag=y&big=1000000000000000000000');
  });

  test('a map goes out as JSON, and a number keeps its digits', async () => {
    const body = { id: new ExactNumber('12345678901234567890'), price: 29.99, none: null };
    const sent = await echoed({ method: 'POST', url: await echo(), body });
    expect(sent['body']).toBe('{"id":12345678901234567890,"price":29.99,"none":null}');
    expect((sent['headers'] as ValueMap)['content-type']).toBe('application/json');
  });

  test('a text goes out as it stands, with the content type of the author', async () => {
    const headers = { 'content-TYPE': 'application/xml' };
    const sent = await echoed({ method: 'POST', url: await echo(), headers, body: '<order id="1"/>' });
    expect(sent['body']).toBe('<order id="1"/>');
    expect((sent['headers'] as ValueMap)['content-type']).toBe('application/xml');
  });

  test('a form is URL-encoded', async () => {
    const sent = await echoed({ method: 'POST', url: await echo(), form: { user: 'ada@x.y', ids: [1, 2] } });
    expect(sent['body']).toBe('user=ada%40x.y&ids=1&ids=2');
    expect((sent['headers'] as ValueMap)['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('a multipart body carries texts, JSON and files', async () => {
    const readFile = async (path: string) => Buffer.from(`content of ${path}`);
    context = actionContext({ readFile });
    const sent = await echoed({
      method: 'POST',
      url: await echo(),
      multipart: {
        title: 'Report',
        meta: { value: { pages: 3 }, content_type: 'application/json' },
        file: { file: 'fixtures/report.pdf', content_type: 'application/pdf' },
      },
    });
    const [, boundary] = /boundary=(.*)/.exec(String((sent['headers'] as ValueMap)['content-type'])) ?? [];
    expect(String(sent['body']).split(`--${boundary}`)).toEqual([
      '',
      '\r\nContent-Disposition: form-data; name="title"\r\n\r\nReport\r\n',
      '\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n{"pages":3}\r\n',
      '\r\nContent-Disposition: form-data; name="file"; filename="report.pdf"\r\nContent-Type: application/pdf\r\n\r\ncontent of fixtures/report.pdf\r\n',
      '--\r\n',
    ]);
  });

  test('a GraphQL operation is posted', async () => {
    const graphql = {
      query: 'query Q($id: ID!) { user(id: $id) { name } }',
      variables: { id: 1 },
      operation_name: 'Q',
    };
    const sent = await echoed({ url: await echo(), graphql });
    expect(sent['method']).toBe('POST');
    expect(JSON.parse(String(sent['body']))).toEqual({
      query: graphql.query,
      variables: { id: 1 },
      operationName: 'Q',
    });
  });

  test.each([
    [{ type: 'basic', username: 'ada', password: 'lovelace1' }, 'authorization', 'Basic YWRhOmxvdmVsYWNlMQ=='],
    [{ type: 'bearer', token: 'token-123' }, 'authorization', 'Bearer token-123'],
    [{ type: 'api_key', key: 'key-4567' }, 'x-api-key', 'key-4567'],
  ])('auth %j', async (auth, name, value) => {
    const { headers } = await echoed({ url: await echo(), auth });
    expect((headers as ValueMap)[name]).toBe(value);
  });

  test('an API key may be a query parameter, and reports never show it', async () => {
    const auth = { type: 'api_key', key: 'k', name: 'token', location: 'query' };
    const { output, exchange } = await perform({ url: await echo(), auth });
    expect((output['body'] as ValueMap)['url']).toBe('/?token=k');
    expect(output['url']).toMatch(/\?token=\*\*\*$/);
    expect(exchange?.summary).toMatch(/\?token=\*\*\* → 200/);
  });

  test('credentials in the URL become basic auth', async () => {
    const url = (await echo()).replace('//', '//ada:p%40ss@');
    const { headers } = await echoed({ url });
    expect((headers as ValueMap)['authorization']).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`);
  });

  test("routing headers lie under the step's own, whatever the case; null leaves one out", async () => {
    context = actionContext({ routingHeaders: { 'X-Env': 'staging', 'X-Tenant': 'a', 'X-Drop': '1' } });
    const { headers } = await echoed({
      url: await echo(),
      headers: { 'x-tenant': 'b', 'x-drop': null, 'x-many': ['1', '2'] },
    });
    expect(headers).toMatchObject({ 'x-env': 'staging', 'x-tenant': 'b', 'x-many': '1, 2' });
    expect(headers).not.toHaveProperty('x-drop');
  });

  test('credentials are masked in what is recorded', async () => {
    const config = { url: await echo(), auth: { type: 'bearer', token: 'token-1234' }, cookies: { sid: 'abcdefgh1' } };
    const { exchange } = await perform(config);
    expect(context.secrets).toEqual(expect.arrayContaining(['token-1234', 'abcdefgh1']));
    expect(exchange?.request).toMatchObject({ headers: { authorization: '***', cookie: '***' } });
    expect(exchange?.curl).toContain("-H 'authorization: ***'");
  });
});

describe('what comes back', () => {
  test('status, headers, body, size and address', async () => {
    const url = await servers.http((_, response) => {
      response.setHeader('X-Many', ['a', 'b']);
      sendJson(response, { id: 7 }, 201);
    });
    const { output, implied, exchange } = await perform({ method: 'post', url: `${url}/orders#part` });
    expect(output).toMatchObject({
      status: 201,
      body: { id: 7 },
      headers: { 'x-many': 'a, b', 'content-type': 'application/json' },
      content_type: 'application/json',
      size: 8,
      url: `${url}/orders`,
      redirects: [],
    });
    expect(implied).toMatchObject([{ expression: 'status < 400', passed: true }]);
    expect(exchange?.summary).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/orders → 201 in /);
  });

  test('digits that a double would lose survive, also a repeated key counts once, the last', async () => {
    const url = await servers.http((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/problem+json' });
      response.end('{"id":12345678901234567890,"a":1,"a":2}');
    });
    const { output } = await perform({ url });
    expect(output['body']).toEqual({ id: new ExactNumber('12345678901234567890'), a: 2 });
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['zstd', zstdCompressSync],
  ])('a body in %s is unpacked', async (encoding, pack) => {
    const url = await servers.http((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': encoding });
      response.end(pack('{"ok":true}'));
    });
    const { output } = await perform({ url });
    expect(output).toMatchObject({ body: { ok: true }, size: 11 });
  });

  test('a status of 400 and above fails the step unless an assertion names the status', async () => {
    const url = await servers.http((_, response) => sendJson(response, { error: 'gone' }, 404));
    expect((await perform({ url })).implied).toMatchObject([{ passed: false, actual: 404 }]);
    const expectations = { ...context.expectations, names: (root: string) => root === 'status' };
    context = actionContext({ expectations });
    expect((await perform({ url })).implied).toEqual([]);
  });

  test('a body that claims to be JSON and is none fails the step, with the text at hand; parse: text takes it', async () => {
    const url = await servers.http((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('<html>oops</html>');
    });
    const { implied, output } = await perform({ url });
    expect(implied?.[1]).toMatchObject({ expression: 'body is JSON', passed: false });
    expect(output['body']).toBe('<html>oops</html>');
    expect((await perform({ url, parse: 'text' })).implied).toHaveLength(1);
  });

  test('no body is fine where JSON is announced: HEAD, 204, empty', async () => {
    const url = await servers.http((request, response) => {
      response.writeHead(request.url === '/204' ? 204 : 200, { 'Content-Type': 'application/json' });
      response.end();
    });
    for (const config of [{ method: 'HEAD', url }, { url: `${url}/204` }, { url }]) {
      const { output, implied } = await perform(config);
      expect(output['body']).toBe('');
      expect(implied).toHaveLength(1);
    }
  });

  test('bytes that are no text come as base64', async () => {
    const bytes = createHash('sha256').update('picture').digest();
    const url = await servers.http((_, response) => {
      response.writeHead(200, { 'Content-Type': 'image/png' });
      response.end(bytes);
    });
    expect((await perform({ url })).output['body']).toBe(bytes.toString('base64'));
  });

  test('a large body is trimmed in the exchange and whole in the result', async () => {
    const url = await servers.http((_, response) => response.end('x'.repeat(10_000)));
    const { output, exchange } = await perform({ url });
    expect(output['body']).toHaveLength(10_000);
    const trimmed = expect.stringMatching(/^x{4096}… \(10,000 bytes in all\)$/);
    expect(exchange?.response).toMatchObject({ body: trimmed });
  });

  test('the requests of a run share connections', async () => {
    const ports = new Set<number | undefined>();
    const url = await servers.http((request, response) => {
      ports.add(request.socket.remotePort);
      sendJson(response, {});
    });
    for (let count = 0; count < 20; count += 1) await perform({ url });
    // undici rests a connection for one turn of the event loop, so two take turns.
    expect(ports.size).toBeLessThanOrEqual(2);
    expect(context.opened()).toEqual(['http session']);
  });
});

describe('save_to_file', () => {
  const compressed = () =>
    servers.http((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' }).end(gzipSync('a,b\n1,2\n'));
    });

  test('keeps the body as it came, unpacked', async () => {
    const saved = new Map<string, string>();
    context = actionContext({ writeFile: async (path, bytes) => void saved.set(path, Buffer.from(bytes).toString()) });
    const { output } = await perform({ url: await compressed(), save_to_file: 'out/a.csv' });
    expect(output['saved_to']).toBe('out/a.csv');
    expect([...saved]).toEqual([['out/a.csv', 'a,b\n1,2\n']]);
  });

  test('TM4007: a file that cannot be written is told with what was answered', async () => {
    context = actionContext({ writeFile: async () => Promise.reject(new Error('out lies outside the project')) });
    const outcome = await httpRequest.perform({ url: await compressed(), save_to_file: '../out' }, context);
    expect(outcome).toMatchObject({ code: 'TM4007', reason: expect.stringContaining('outside the project') });
  });

  test('TM4007: where there is no project nothing is sent', async () => {
    let asked = 0;
    const url = await servers.http((_request, response) => {
      asked += 1;
      response.end();
    });
    const outcome = await httpRequest.perform({ url, save_to_file: 'a' }, context);
    expect(outcome).toMatchObject({ kind: 'not-carried-out', code: 'TM4007' });
    expect(asked).toBe(0);
  });
});
