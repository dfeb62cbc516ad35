/** Codes of http_request. A refused connection and its like keep the system's own code: `ECONNREFUSED`. */
export const tm4Http = {
  TM4001: {
    title: 'no complete answer in time',
    explanation:
      'The request, with its redirects and the whole response body, took longer than `timeout` (30s unless the step says otherwise). The message says how far it got: connecting, waiting for the response, or reading the body.',
    example: {
      wrong: `config:
  url: http://localhost:5003/reports/yearly
  timeout: 1s`,
      right: `config:
  url: http://localhost:5003/reports/yearly
  timeout: 2m`,
    },
  },
  TM4002: {
    title: 'the response body is too large',
    explanation:
      'The body, counted after decompression, is larger than `max_body_size` (64 MiB unless the step says otherwise). Nothing of it was kept.',
    example: {
      wrong: `config:
  url: http://localhost:5002/export
  max_body_size: 1MiB`,
      right: `config:
  url: http://localhost:5002/export
  max_body_size: 200MiB`,
    },
  },
  TM4003: {
    title: 'too many redirects',
    explanation:
      'The server redirected more often than `max_redirects` allows (10 unless the step says otherwise). The message lists the addresses in order; a repeated one is a loop. With `follow_redirects: false` the redirect itself is the result.',
    example: {
      wrong: `config:
  url: http://localhost:5001/login`,
      right: `config:
  url: http://localhost:5001/login
  follow_redirects: false`,
    },
  },
  TM4004: {
    title: 'a redirect that leads nowhere',
    explanation:
      'The Location header of a redirect is not an http:// or https:// address. With `follow_redirects: false` the step can look at the header itself.',
    example: {
      wrong: `config:
  url: http://localhost:5001/open-in-app`,
      right: `config:
  url: http://localhost:5001/open-in-app
  follow_redirects: false
assert:
  - headers.location startsWith "myapp://"`,
    },
  },
  TM4005: {
    title: 'a body that cannot be unpacked',
    explanation:
      'The Content-Encoding header names an encoding other than gzip, deflate, br or zstd, or the bytes are not what it says: often a body that was cut short, or compressed twice.',
    example: {
      wrong: `config:
  url: http://localhost:5002/export
  headers:
    Accept-Encoding: compress`,
      right: `config:
  url: http://localhost:5002/export
  headers:
    Accept-Encoding: gzip`,
    },
  },
  TM4007: {
    title: 'a body that could not be saved',
    explanation:
      '`save_to_file` names a file relative to the flow, inside the project; folders are made, an older file is replaced. A run on a server has no project folder, so there the step is refused before anything is sent.',
    example: {
      wrong: `config:
  url: http://localhost:5002/export
  save_to_file: /tmp/export.csv`,
      right: `config:
  url: http://localhost:5002/export
  save_to_file: out/export.csv`,
    },
  },
  TM4008: {
    title: 'a header that cannot be sent',
    explanation:
      'The name of a header is letters, digits and a few signs such as `-`, without spaces; its value has no line breaks, no control characters and nothing outside Latin-1. `validate` finds what stands in the flow, this is what a template brought.',
    example: {
      wrong: `config:
  url: http://localhost:5001/users
  headers: { X Request Id: r-1 }`,
      right: `config:
  url: http://localhost:5001/users
  headers: { X-Request-Id: r-1 }`,
    },
  },
  TM4006: {
    title: 'an answer that is not HTTP',
    explanation:
      'Something listens at the address, but what it says is not HTTP/1.1: often the port of another service.',
    example: {
      wrong: `config:
  url: http://localhost:5432/users`,
      right: `config:
  url: http://localhost:5001/users`,
    },
  },
} as const;
