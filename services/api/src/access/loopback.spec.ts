import { describe, expect, test } from '@jest/globals';
import { refuseForeignPages } from './loopback.ts';

describe('without keys', () => {
  test.each([
    [{ host: 'localhost:5016' }],
    [{ host: '127.0.0.1:5016', origin: 'http://127.0.0.1:5016', 'sec-fetch-site': 'same-origin' }],
    [{ host: '[::1]:5016', origin: 'http://[::1]:5016' }],
    [{ host: 'localhost:5016', 'sec-fetch-site': 'none' }],
  ])('a page of this very server, and what is no browser, is served: %j', (headers) => {
    expect(() => refuseForeignPages(headers)).not.toThrow();
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
    expect(() => refuseForeignPages(headers)).toThrow(text);
  });
});
