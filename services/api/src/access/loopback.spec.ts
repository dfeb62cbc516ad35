import { describe, expect, test } from '@jest/globals';
import { NO_ORIGINS } from './allowed-origins.ts';
import { refuseForeignPages } from './loopback.ts';

describe('without keys', () => {
  test.each([
    [{ host: 'localhost:5016' }],
    [{ host: '127.0.0.1:5016', origin: 'http://127.0.0.1:5016', 'sec-fetch-site': 'same-origin' }],
    [{ host: '[::1]:5016', origin: 'http://[::1]:5016' }],
    [{ host: 'localhost:5016', 'sec-fetch-site': 'none' }],
  ])('a page of this very server, and what is no browser, is served: %j', (headers) => {
    expect(() => refuseForeignPages(headers, NO_ORIGINS)).not.toThrow();
  });

  test.each([
    [{ host: 'localhost:5016', origin: 'http://localhost:3000' }, 'a page of http://localhost:3000'],
    [{ host: 'localhost:5016', origin: 'http://127.0.0.1:5016' }, 'it is http://localhost:5016'],
    [{ host: 'localhost:5016', origin: 'https://localhost:5016' }, 'a page of https://localhost:5016'],
    [{ host: 'localhost:5016', origin: 'null' }, 'a page of null'],
    [{ host: 'localhost:5016', 'sec-fetch-site': 'same-site' }, 'a page of another site'],
    [{ host: 'localhost:5016', 'sec-fetch-site': 'cross-site' }, 'a page of another site'],
    [{ host: 'localhost.evil.example:5016' }, 'only localhost'],
    [{}, 'Host is absent'],
  ])('a page of any other server is refused: %j', (headers, text) => {
    expect(() => refuseForeignPages(headers, NO_ORIGINS)).toThrow(text);
  });

  const allowed = new Set(['http://localhost:5173', 'https://dash.example.com']);

  test.each([
    [{ host: 'localhost:5016', origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' }],
    [{ host: '127.0.0.1:5016', origin: 'https://dash.example.com', 'sec-fetch-site': 'cross-site' }],
    [{ host: 'localhost:5016', origin: 'http://localhost:5016' }],
  ])('a page that the operator allows is served: %j', (headers) => {
    expect(() => refuseForeignPages(headers, allowed)).not.toThrow();
  });

  test.each([
    ['http://localhost:5174'],
    ['https://localhost:5173'],
    ['http://localhost'],
    ['http://127.0.0.1:5173'],
    ['http://localhost:5173.evil.example'],
    ['http://evil.localhost:5173'],
    ['https://dash.example.com.evil.example'],
    ['https://sub.dash.example.com'],
    ['https://dash.example.com:8443'],
    ['http://dash.example.com'],
    ['https://dash.example.com/'],
    ['HTTP://LOCALHOST:5173'],
    ['http://localhost:5173, http://localhost:5173'],
    ['null'],
    ['*'],
    [''],
  ])('a page that only looks like one that is allowed is not: %s', (origin) => {
    expect(() => refuseForeignPages({ host: 'localhost:5016', origin }, allowed)).toThrow('must not use this server');
  });

  test('who is allowed still names this machine, and a picture of theirs, which says no origin, is refused', () => {
    const origin = 'http://localhost:5173';
    expect(() => refuseForeignPages({ host: 'testmesh.evil.example', origin }, allowed)).toThrow('only localhost');
    const picture = { host: 'localhost:5016', 'sec-fetch-site': 'same-site' };
    expect(() => refuseForeignPages(picture, allowed)).toThrow('a page of another site');
  });
});
