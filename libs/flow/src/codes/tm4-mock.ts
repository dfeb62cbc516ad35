/** Codes of the mock servers. A port that cannot be listened on keeps the system's code: `EADDRINUSE`. */
export const tm4Mock = {
  TM4601: {
    title: 'which mock server is meant is not clear',
    explanation:
      'No mock server of that name or id is up in this run, or the step names none while several are up. A mock server goes with the run that started it.',
    example: {
      wrong: `- id: stop
  action: mock_server_stop
  config:
    server: gatway`,
      right: `- id: stop
  action: mock_server_stop
  config:
    server: gateway`,
    },
  },
  TM4602: {
    title: 'the name of the mock server is taken',
    explanation: 'This run has a mock server of that name that is still up.',
    example: {
      wrong: `- { id: a, action: mock_server_start, config: { name: gateway } }
- { id: b, action: mock_server_start, config: { name: gateway } }`,
      right: `- { id: a, action: mock_server_start, config: { name: gateway } }
- { id: b, action: mock_server_start, config: { name: second-gateway } }`,
    },
  },
  TM4603: {
    title: 'a pattern or a condition of a mock cannot be used',
    explanation:
      'A regular expression does not compile (RE2 syntax: no look-around, no back references), or a condition is not of the form `$.path == value`, with `==`, `!=`, `<`, `<=`, `>`, `>=`, `contains` or `exists`.',
    example: {
      wrong: `match:
  body_matches: ["amount is big"]`,
      right: `match:
  body_matches: ["$.amount > 100"]`,
    },
  },
  TM4604: {
    title: 'the mock server received more requests than it can keep',
    explanation:
      'It keeps 10000 requests, or 64 MiB of bodies. Beyond that a count would be wrong, so verifying is refused instead.',
    example: {
      wrong: `- id: verify
  action: mock_server_verify
  config:
    assertions: [{ path: /ping, count: 50000 }]`,
      right: `- id: again
  action: mock_server_reset
  config: { server: gateway }`,
    },
  },
} as const;
