import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readSettings } from './settings.ts';

const TOKEN = `tm_agent_${'a1'.repeat(24)}`;
const least = { TESTMESH_SERVER: 'https://testmesh.example.com', TESTMESH_AGENT_TOKEN: TOKEN };
const folder = mkdtempSync(join(tmpdir(), 'agent-settings-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('address and token are enough', async () => {
  const settings = readSettings([], least);
  expect(settings).toMatchObject({
    url: 'https://testmesh.example.com',
    pools: ['default'],
    slots: 8,
    leaseMs: 90_000,
  });
  expect(await settings.token()).toBe(TOKEN);
  expect(settings.wayOut).toEqual({});
});

test('a flag goes before its variable', () => {
  const settings = readSettings(['--pools', 'a, b,a', '--slots', '2'], { ...least, TESTMESH_SLOTS: '9' });
  expect([settings.pools, settings.slots]).toEqual([['a', 'b'], 2]);
});

test('a token in a file is read each time, so that it can be rotated', async () => {
  const path = file('token', `${TOKEN}\n`);
  const settings = readSettings(['--token-file', path], least);
  const next = TOKEN.replaceAll('a1', 'b2');
  writeFileSync(path, next);
  expect(await settings.token()).toBe(next);
});

test('the proxy of the surroundings is taken for the scheme of the server', () => {
  const proxies = { HTTPS_PROXY: 'http://secure:1', http_proxy: 'http://plain:2', NO_PROXY: '.local' };
  expect(readSettings([], { ...least, ...proxies }).wayOut).toEqual({ proxy: 'http://secure:1', noProxy: '.local' });
  const plain = { ...least, ...proxies, TESTMESH_SERVER: 'http://127.0.0.1:5016' };
  expect(readSettings([], plain).wayOut.proxy).toBe('http://plain:2');
  expect(readSettings(['--proxy', 'http://own:3'], plain).wayOut.proxy).toBe('http://own:3');
});

test('what is wrong is named with what to do', () => {
  const wrong: [readonly string[], Readonly<Record<string, string>>, RegExp][] = [
    [[], { TESTMESH_AGENT_TOKEN: TOKEN }, /--server \(TESTMESH_SERVER\) is not set/],
    [[], { ...least, TESTMESH_SERVER: 'testmesh.example.com' }, /is no address such as/],
    [[], { ...least, TESTMESH_SERVER: 'https://x/api' }, /is no address such as/],
    [[], { TESTMESH_SERVER: 'https://x' }, /there is no token.*testmesh agent create/],
    [[], { ...least, TESTMESH_AGENT_TOKEN: 'tm_live_123' }, /an API key will not do/],
    [['--token-file', join(folder, 'none')], least, /--token-file .*none cannot be read/],
    [['--slots', 'many'], least, /--slots many \(TESTMESH_SLOTS\) has to be a whole number/],
    [['--lease-ms', '10'], least, /from 2000 to 600000/],
    [['--pools', 'a,,b'], least, /has to be names with commas/],
    [['--labels', 'site'], least, /has to be name=value/],
    [['--client-cert-file', file('cert', 'c')], least, /belong together/],
    [['--proxy', 'proxy:3128'], least, /is no address such as http:\/\/proxy/],
    [['--surprise', '1'], least, /'--surprise'/],
  ];
  for (const [argv, surroundings, why] of wrong) expect(() => readSettings(argv, surroundings)).toThrow(why);
});

test('labels are pairs', () => {
  expect(readSettings(['--labels', 'site=berlin,rack=a=b'], least).labels).toEqual({ site: 'berlin', rack: 'a=b' });
});
