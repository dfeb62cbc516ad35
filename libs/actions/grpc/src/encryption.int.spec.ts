import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { actionContext } from '@testmesh/testing';
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
} from '../../../../tools/testing/certificates.ts';
import { grpcCall } from './grpc-call.ts';
import { type EchoServer, startEchoServer } from './testing/echo-server.ts';

let server: EchoServer | undefined;
let context = actionContext();
afterEach(async () => {
  await context.close();
  context = actionContext();
  server?.stop();
  server = undefined;
});

const withTls = async (options: { clientsNeedOne: boolean }): Promise<string> => {
  const pair = { private_key: Buffer.from(serverKey), cert_chain: Buffer.from(serverCertificate) };
  const credentials = ServerCredentials.createSsl(Buffer.from(authority), [pair], options.clientsNeedOne);
  server = await startEchoServer({ credentials });
  return server.address;
};
const say = (address: string, tls: ValueMap | boolean) => {
  const call = { service: 'testmesh.echo.EchoService', method: 'Say', request: { text: 'hi' }, timeout: '5s' };
  return grpcCall.perform({ address, tls, ...call }, context);
};
const said = { kind: 'completed', output: { status: 'OK', response: { text: 'hi' } } };
const trusted = { ca: authority, server_name: 'server.test' };

test('a server is called over TLS when its authority is trusted and its name is the one expected', async () => {
  const address = await withTls({ clientsNeedOne: false });
  expect(await say(address, trusted)).toMatchObject(said);
});

test('the certificates may be files', async () => {
  const address = await withTls({ clientsNeedOne: false });
  context = actionContext({ readFile: async (path) => new TextEncoder().encode(path === 'ca.pem' ? authority : '') });
  expect(await say(address, { ...trusted, ca: 'ca.pem' })).toMatchObject(said);
});

test('an authority nobody vouched for, or another name, is refused, unless the flow says not to look', async () => {
  const address = await withTls({ clientsNeedOne: false });
  for (const tls of [true, { ca: authority, server_name: 'other.test' }])
    expect(await say(address, tls)).toMatchObject({
      kind: 'not-carried-out',
      reason: expect.stringContaining('could not be reached'),
    });
  expect(await say(address, { insecure: true })).toMatchObject(said);
});

test('a server that wants to know its clients is shown a certificate', async () => {
  const address = await withTls({ clientsNeedOne: true });
  expect(await say(address, { ...trusted, cert: clientCertificate, key: clientKey })).toMatchObject(said);
  expect(await say(address, trusted)).toMatchObject({ kind: 'not-carried-out' });
  expect(JSON.stringify(context.logged)).not.toContain('PRIVATE KEY');
});
