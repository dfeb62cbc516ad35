import { afterEach, describe, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
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

const output = async (config: ValueMap): Promise<ValueMap> => {
  const outcome = await httpRequest.perform(config, context);
  if (outcome.kind !== 'completed') throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome.output;
};

describe('redirects', () => {
  const chain = (status: number) =>
    servers.http(async (request, response) => {
      if (request.url === '/old') return response.writeHead(status, { Location: '/new' }).end();
      return sendJson(response, {
        method: request.method,
        body: (await bodyOf(request)).toString(),
        headers: request.headers,
      });
    });

  test('a redirect is followed, and the result says which way it went', async () => {
    const url = await chain(302);
    expect(await output({ url: `${url}/old` })).toMatchObject({
      status: 200,
      url: `${url}/new`,
      redirects: [`${url}/old`],
    });
  });

  test.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', '{"a":1}'],
    [308, 'POST', '{"a":1}'],
  ])('after %d a POST goes on as %s', async (status, method, body) => {
    const url = await chain(status);
    expect(await output({ method: 'POST', url: `${url}/old`, body: { a: 1 } })).toMatchObject({
      body: { method, body },
    });
  });

  test('with follow_redirects: false the redirect is the result', async () => {
    const url = await chain(302);
    const result = await output({ url: `${url}/old`, follow_redirects: false });
    expect(result).toMatchObject({ status: 302, headers: { location: '/new' } });
  });

  test('credentials stay behind when the origin changes', async () => {
    const elsewhere = await servers.http((request, response) => sendJson(response, request.headers));
    const url = await servers.http((_, response) => response.writeHead(302, { Location: `${elsewhere}/x` }).end());
    const headers = { Authorization: 'Bearer token-123', Cookie: 'a=1', 'X-Trace': '1' };
    const { body } = await output({ url, headers, auth: { type: 'api_key', key: 'key-4567', name: 'X-Key' } });
    expect(body).toMatchObject({ 'x-trace': '1' });
    for (const name of ['authorization', 'cookie', 'x-key']) expect(body).not.toHaveProperty([name]);
  });

  test('a loop ends at the limit and names the way', async () => {
    const url = await servers.http((_, response) => response.writeHead(302, { Location: '/again' }).end());
    const outcome = await httpRequest.perform({ url: `${url}/`, max_redirects: 2 }, context);
    expect(outcome).toMatchObject({
      kind: 'not-carried-out',
      code: 'TM4003',
      reason: `the request was redirected more than 2 times: ${url}/ → ${url}/again → ${url}/again → ${url}/again`,
    });
  });

  test('a redirect to something that is no HTTP address is named', async () => {
    const url = await servers.http((_, response) => response.writeHead(302, { Location: 'myapp://open' }).end());
    expect(await httpRequest.perform({ url }, context)).toMatchObject({
      code: 'TM4004',
      reason: `${url}/ redirects to "myapp://open", which is not an HTTP address`,
    });
  });
});

describe('cookies', () => {
  const login = () =>
    servers.http((request, response) => {
      if (request.url === '/login') {
        response.setHeader('Set-Cookie', ['sid=secret-session; Path=/; HttpOnly', 'theme=dark']);
      }
      sendJson(response, { cookie: request.headers.cookie ?? null });
    });

  test('what one step receives, later steps of the run send', async () => {
    const url = await login();
    const result = await output({ url: `${url}/login` });
    expect(result['cookies']).toEqual({ sid: 'secret-session', theme: 'dark' });
    expect(result['set_cookies']).toHaveLength(2);
    expect((await output({ url: `${url}/me` }))['body']).toEqual({ cookie: 'sid=secret-session; theme=dark' });
  });

  test("a request's own cookies go over those received", async () => {
    const url = await login();
    await output({ url: `${url}/login` });
    const { body } = await output({ url: `${url}/me`, cookies: { theme: 'light', page: 2 } });
    expect(body).toEqual({ cookie: 'sid=secret-session; theme=light; page=2' });
  });

  test('a Cookie header of the author is the whole truth', async () => {
    const url = await login();
    await output({ url: `${url}/login` });
    expect((await output({ url: `${url}/me`, headers: { Cookie: 'own=1' } }))['body']).toEqual({ cookie: 'own=1' });
  });

  test('a cookie set on the way of a redirect counts', async () => {
    const url = await servers.http((request, response) => {
      if (request.url === '/') return response.writeHead(302, { Location: '/home', 'Set-Cookie': 'sid=1' }).end();
      return sendJson(response, { cookie: request.headers.cookie ?? null });
    });
    expect(await output({ url })).toMatchObject({ body: { cookie: 'sid=1' }, cookies: { sid: '1' } });
  });

  test("a request's own cookies stay with it on the way through its origin, and no further", async () => {
    const elsewhere = await servers.http((request, response) =>
      sendJson(response, { cookie: request.headers.cookie ?? null }),
    );
    const url = await servers.http((request, response) => {
      if (request.url === '/out') return response.writeHead(302, { Location: elsewhere }).end();
      if (request.url === '/in') return response.writeHead(302, { Location: '/' }).end();
      return sendJson(response, { cookie: request.headers.cookie ?? null });
    });
    for (const own of [{ cookies: { own: 1 } }, { headers: { Cookie: 'own=1' } }]) {
      expect((await output({ url: `${url}/in`, ...own }))['body']).toEqual({ cookie: 'own=1' });
      expect((await output({ url: `${url}/out`, ...own }))['body']).toEqual({ cookie: null });
    }
  });

  test('another host does not see them, and another run neither', async () => {
    const url = await login();
    await output({ url: `${url}/login` });
    expect((await output({ url: `${url.replace('127.0.0.1', 'localhost')}/me` }))['body']).toEqual({ cookie: null });
    await context.close();
    context = actionContext();
    expect((await output({ url: `${url}/me` }))['body']).toEqual({ cookie: null });
  });

  test('a session cookie is kept out of what is recorded', async () => {
    await output({ url: `${await login()}/login` });
    expect(context.secrets).toContain('secret-session');
  });
});
