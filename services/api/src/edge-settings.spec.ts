import { expect, test } from '@jest/globals';
import { edgeSettings } from './edge-settings.ts';

test('what the operator says of the edge is taken', () => {
  expect(
    edgeSettings({
      TESTMESH_REQUESTS_PER_MINUTE: '7',
      TESTMESH_STREAMS_PER_KEY: '1',
      TESTMESH_STREAMS: '2',
      TESTMESH_TRUSTED_PROXIES: '10.0.0.0/8, ::1 ,loopback',
      TESTMESH_GRAPHQL_INTROSPECTION: 'off',
      TESTMESH_ALLOWED_ORIGINS: 'http://localhost:5173, https://testmesh.example.com,http://[::1]:3000',
    }),
  ).toEqual({
    origins: new Set(['http://localhost:5173', 'https://testmesh.example.com', 'http://[::1]:3000']),
    requestsPerMinute: 7,
    streamLimits: { perCaller: 1, inAll: 2 },
    trustedProxies: ['10.0.0.0/8', '::1', 'loopback'],
    graphql: { introspection: false },
  });
});

test('nothing said is the defaults, and no proxy is believed', () => {
  expect(edgeSettings({})).toEqual({
    origins: new Set(),
    requestsPerMinute: 3000,
    streamLimits: { perCaller: 500, inAll: 5000 },
    graphql: { introspection: true },
  });
});

test.each([
  [{ TESTMESH_REQUESTS_PER_MINUTE: 'many' }, 'TESTMESH_REQUESTS_PER_MINUTE=many is not a whole number'],
  [{ TESTMESH_TRUSTED_PROXIES: '10.0.0.0/8,proxy' }, 'TESTMESH_TRUSTED_PROXIES holds proxy'],
  [{ TESTMESH_TRUSTED_PROXIES: '10.0.0.0/33' }, 'TESTMESH_TRUSTED_PROXIES holds 10.0.0.0/33'],
  ...[
    ...[
      '*',
      'null',
      'localhost:5173',
      'http://*.example.com',
      'http://localhost:*',
      'http://localhost:5173/',
      'http://a/b',
      'http://a?b',
    ],
    ...[
      'HTTP://localhost:5173',
      'http://Example.com',
      'http://example.com:80',
      'ws://localhost:5173',
      'file://',
      'http://u@localhost',
      'http://a b',
    ],
  ].map((origin): [Record<string, string>, string] => [
    { TESTMESH_ALLOWED_ORIGINS: `http://localhost:5173,${origin}` },
    `TESTMESH_ALLOWED_ORIGINS holds ${origin}, which is no origin`,
  ]),
  [{ TESTMESH_GRAPHQL_INTROSPECTION: 'no' }, 'TESTMESH_GRAPHQL_INTROSPECTION=no is neither on nor off'],
])('what cannot be meant is refused by its name', (environment, message) => {
  expect(() => edgeSettings(environment)).toThrow(message);
});
