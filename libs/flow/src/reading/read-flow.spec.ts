import { describe, expect, test } from '@jest/globals';
import { catalogue } from './catalogue.fixture.ts';
import { readFlow } from './read-flow.ts';

const read = (text: string) => readFlow({ file: 'flows/order.yaml', text }, catalogue);

const found = async (text: string) => {
  const { diagnostics } = await read(text);
  return diagnostics.map(({ code, span }) => `${code} ${span.line}:${span.column}`);
};

/** The lines of one step, within a flow: the step's first line is line 4. */
const step = (lines: string): string => `flow:\n  name: a\n  steps:\n${lines.replace(/^/gm, '    ')}\n`;
const request = (lines: string): string => step(`- action: http_request\n${lines.replace(/^/gm, '  ')}`);
const OK = 'config: { url: "http://a/b" }';

const MISTAKES: readonly (readonly [what: string, text: string, expected: readonly string[]])[] = [
  [
    'an unknown key of a flow',
    `flow:\n  name: a\n  stepz: []\n  steps:\n    - { action: http, ${OK} }`,
    ['TM1101 3:3'],
  ],
  [
    'an unknown key beside flow',
    `steps: []\nflow:\n  name: a\n  steps:\n    - { action: http, ${OK} }`,
    ['TM1101 1:1'],
  ],
  ['an unknown key of a step', request(`asert: []\n${OK}`), ['TM1101 5:7']],
  ['a config key on the step', request('url: "http://a/b"\nconfig: {}'), ['TM1101 5:7', 'TM1204 6:7']],
  ['an action as a key', step('- http_request: { url: x }'), ['TM1101 4:7', 'TM1202 4:7']],
  ['no flow at all', 'name: a', ['TM1102 1:1']],
  ['a misspelt flow', 'flwo:\n  steps: []', ['TM1102 1:1']],
  ['a file that is a list', '- a', ['TM1103 1:1']],
  ['a flow that is a text', 'flow: a', ['TM1103 1:1']],
  [
    'a NUL in a description, half a character in a tag',
    `flow:\n  name: a\n  description: "a\\0"\n  tags: ["\\ud800"]\n  steps:\n    - { action: http, ${OK} }`,
    ['TM1009 3:16', 'TM1009 4:10'],
  ],
  ['steps that are a map', 'flow:\n  name: a\n  steps: {}', ['TM1103 3:10']],
  ['a step that is a text', step('- create the user'), ['TM1103 4:7']],
  ['a boolean in the words of YAML 1.1', request(`disabled: yes\n${OK}`), ['TM1103 5:17']],
  ['one setting twice', request(`${OK}\nsave: { a: body.a }\noutput: { b: body.b }`), ['TM1104 7:7']],
  [
    'two spellings of a config key',
    step('- action: database_query\n  config: { dsn: a, connection: b, query: c }'),
    ['TM1104 5:25'],
  ],
  ['a key with nothing after it', request(`description:\n${OK}`), ['TM1105 5:7']],
  ['a config key with nothing after it', request('config:\n  url: "http://a/b"\n  body:'), ['TM1105 7:9']],
  ['no name', `flow:\n  steps:\n    - { action: http, ${OK} }`, ['TM1106 2:3']],
  ['a bare flow', `name: a\nsteps:\n  - { action: http, ${OK} }`, ['TM1107 1:1']],
  [
    'a flow timeout without a unit',
    `flow:\n  name: a\n  timeout: 30\n  steps:\n    - { action: http, ${OK} }`,
    ['TM1108 3:12'],
  ],
  ['a duration in words', request(`timeout: 5 seconds\n${OK}`), ['TM1108 5:16']],
  ['no time at all', request(`timeout: 0s\n${OK}`), ['TM1108 5:16']],
  ['an id with a space', request(`id: place order\n${OK}`), ['TM1109 5:11']],
  ['an output that starts with a digit', request(`${OK}\noutput: { 1st: body.id }`), ['TM1109 6:17']],
  ['a word that is not one of them', request(`on_error: ignore\n${OK}`), ['TM1110 5:17']],
  ['no attempts', request(`retry: { max_attempts: 0 }\n${OK}`), ['TM1111 5:30']],
  ['no attempts, in short', request(`retry: 0\n${OK}`), ['TM1111 5:14']],
  ['half an attempt', request(`retry: 1.5\n${OK}`), ['TM1111 5:14']],
  ['jitter beyond 1', request(`retry: { jitter: 2 }\n${OK}`), ['TM1111 5:24']],
  ['an empty list of assertions', request(`${OK}\nassert: []`), ['TM1112 6:7']],
  ['assertions with nothing after the key', request(`${OK}\nassert_any:`), ['TM1112 6:7']],
  ['retry on error without retry', request(`on_error: retry\n${OK}`), ['TM1113 5:17']],
  [
    'a timeout that differs from other errors',
    request(`on_error: { action: fail, on_timeout: continue }\n${OK}`),
    ['TM1113 5:45'],
  ],
  ['verify without steps', request(`on_unknown: verify\n${OK}`), ['TM1113 5:19']],
  ['branches and steps', step('- action: parallel\n  branches: []\n  steps: []'), ['TM1113 6:7']],
  [
    'items and a range',
    step('- action: for_each\n  items: [1]\n  range: { end: 3 }\n  steps: [{ action: log, config: { message: a } }]'),
    ['TM1113 6:7'],
  ],
  ['no steps', 'flow:\n  name: a', ['TM1114 2:3']],
  ['empty steps', 'flow:\n  name: a\n  steps: []', ['TM1114 3:3']],
  ['a template as an id', request(`id: "a_\${RUN_ID}"\n${OK}`), ['TM1115 5:11']],
  ['an unknown action', step('- action: http_reqest'), ['TM1201 4:15']],
  ['no action', step('- id: a'), ['TM1202 4:7']],
  ['an unknown config key', request('config:\n  methid: POST\n  url: "http://a/b"'), ['TM1203 6:9']],
  [
    'an unknown key deep within',
    step('- action: database_query\n  config: { connection: a, query: b, poll: { timeout: 1s, intervall: 1s } }'),
    ['TM1203 5:63'],
  ],
  [
    'an unknown key of one of two forms',
    step('- action: database_query\n  config: { connection: { host: a, prot: 1 }, query: b }'),
    ['TM1203 5:40'],
  ],
  ['a missing config key', request('config: { method: GET }'), ['TM1204 5:7']],
  ['a missing config', step('- action: http_request'), ['TM1204 4:15']],
  [
    'a missing key deep within',
    step('- action: database_query\n  config: { connection: a, query: b, poll: {} }'),
    ['TM1204 5:42'],
  ],
  ['a misspelt key is not missing as well', request('config: { ulr: "http://a/b" }'), ['TM1203 5:17']],
  [
    'a loop without items',
    step('- action: for_each\n  steps: [{ action: log, config: { message: a } }]'),
    ['TM1204 4:15'],
  ],
  ['a loop without steps', step('- action: for_each\n  items: [1]'), ['TM1204 4:15']],
  ['a condition without branches', step('- action: condition\n  condition: RUN_ID == "a"'), ['TM1204 4:15']],
  [
    'a condition with nothing in its branches',
    step('- action: condition\n  condition: RUN_ID == "a"\n  then: []'),
    ['TM1204 4:15'],
  ],
  ['branches that are none', step('- action: parallel\n  branches: {}'), ['TM1204 5:7']],
  ['steps side by side that are none', step('- action: parallel\n  steps: []'), ['TM1204 5:7']],
  ['a branch without steps', step('- action: parallel\n  branches: { a: [] }'), ['TM1204 5:22']],
  ['a named branch without steps', step('- action: parallel\n  branches: [{ name: a, steps: [] }]'), ['TM1204 5:29']],
  [
    'branches that never run',
    step('- action: parallel\n  max_concurrent: 0\n  steps: [{ action: log, config: { message: a } }]'),
    ['TM1111 5:23'],
  ],
  [
    'items that never run',
    step('- action: for_each\n  items: [1]\n  max_concurrent: 0\n  steps: [{ action: log, config: { message: a } }]'),
    ['TM1111 6:23'],
  ],
  [
    'a range longer than any memory',
    step('- action: for_each\n  range: { end: 100000000 }\n  steps: [{ action: log, config: { message: a } }]'),
    ['TM1111 5:21'],
  ],
  [
    'a range longer than the loop allows',
    step(
      '- action: for_each\n  range: { end: 11 }\n  max_iterations: 10\n  steps: [{ action: log, config: { message: a } }]',
    ),
    ['TM1111 5:21'],
  ],
  [
    'a tag with commas',
    'flow:\n  name: a\n  tags: "x, y"\n  steps: [{ action: log, config: { message: a } }]',
    ['TM1109 3:9'],
  ],
  [
    'names of flow, suite, tag, resource and step that no index takes',
    `flow:\n  name: ${'n'.repeat(201)}\n  suite: ${'s'.repeat(201)}\n  tags: [${'t'.repeat(201)}]
  resources: { exclusive: ${'r'.repeat(201)} }\n  steps:\n    - { id: ${'i'.repeat(201)}, name: ${'a'.repeat(201)}, action: http, ${OK} }`,
    ['TM1109 2:9', 'TM1109 3:10', 'TM1109 4:10', 'TM1109 5:27', 'TM1109 7:13', 'TM1109 7:222'],
  ],
  [
    'names as long as they may be',
    `flow:\n  name: ${'n'.repeat(200)}\n  steps:\n    - { id: ${'i'.repeat(200)}, action: http, ${OK} }`,
    [],
  ],
  ['a tag with a space on a step', request(`${OK}\ntags: [a, b c]`), ['TM1109 6:17']],
  ['a wait without a condition', step('- action: wait_until'), ['TM1204 4:15']],
  ['another flow without its file', step('- action: run_flow'), ['TM1204 4:15']],
  [
    'a range without an end',
    step('- action: for_each\n  range: { start: 1 }\n  steps: [{ action: log, config: { message: a } }]'),
    ['TM1102 5:7'],
  ],
  ['a value of the wrong kind', request('config: { url: [a] }'), ['TM1205 5:22']],
  ['a word the action does not know', request('config: { url: "http://a/b", method: PUST }'), ['TM1205 5:44']],
  ['a duration within config', request('config: { url: "http://a/b", timeout: 30 }'), ['TM1205 5:45']],
  [
    'a union that nothing fits',
    step('- action: database_query\n  config: { connection: 5, query: a }'),
    ['TM1205 5:29'],
  ],
  ['a malformed URL', request('config: { url: "user-api/users" }'), ['TM1205 5:22']],
  ['quotes around a part of an assertion', request(`${OK}\nassert:\n  - body.note == "a: b"`), ['TM1010 7:11']],
  ['a question mark with a colon', request(`${OK}\nassert:\n  - body.a ? body.b : body.c`), ['TM1010 7:11']],
];

describe('a mistake is told with its place', () => {
  test.each(MISTAKES)('%s', async (_what, text, expected) => {
    expect(await found(text)).toEqual(expected);
  });

  test('and all of them at once, in the order of the file', async () => {
    const text = `flow:
  name: a
  timeout: 5
  steps:
    - id: one
      action: http_request
      config: { methid: GET }
      retry: 0
    - id: two
      action: nonsense
`;
    expect(await found(text)).toEqual(['TM1108 3:12', 'TM1204 7:7', 'TM1203 7:17', 'TM1111 8:14', 'TM1201 10:15']);
  });
});

describe('the words', () => {
  const first = async (text: string) => (await read(text)).diagnostics[0];

  test('of the example everyone quotes', async () => {
    const diagnostic = await first(request('config:\n  methid: POST\n  url: "http://a/b"'));
    expect(diagnostic).toMatchObject({
      code: 'TM1203',
      message: 'unknown key `methid` for action http_request',
      suggestion: 'did you mean `method`?',
    });
  });

  test('say how to write a duration', async () => {
    expect((await first(request(`timeout: 30\n${OK}`)))?.suggestion).toBe('write 30s, or 30ms for milliseconds');
    expect((await first(request(`timeout: 2 minutes\n${OK}`)))?.suggestion).toBe('write 2m');
    expect((await first(request(`timeout: 1d\n${OK}`)))?.suggestion).toBe('write 24h');
  });

  test('name the alternatives of a union', async () => {
    const diagnostic = await first(step('- action: database_query\n  config: { connection: 5, query: a }'));
    expect(diagnostic?.message).toBe('`connection`: a text or a map of keys and values belongs here, not the number 5');
  });

  test('print the fix for a text that needs quotes', async () => {
    const diagnostic = await first(request(`${OK}\nassert:\n  - body.note == "a: b"`));
    expect(diagnostic?.help).toBe(`write 'body.note == "a: b"'`);
  });
});

describe('what depends on the run is left to the run', () => {
  test.each([
    ['a whole-value template at a typed key', request('config: { url: "${U}", verify_ssl: "${V}", timeout: "${T}" }')],
    ['a template within a map', request('config: { url: "http://a/b", headers: { A: "${V}" } }')],
    ['settings of the step', request(`timeout: "\${T}"\nretry: { max_attempts: "\${N}", delay: "{{D}}" }\n${OK}`)],
    [
      'settings of a loop',
      step(
        '- action: for_each\n  items: "${LIST}"\n  max_concurrent: "${N}"\n  steps: [{ action: log, config: { message: a } }]',
      ),
    ],
    ['a key that an environment may supply', step('- action: database_query\n  config: { query: select 1 }')],
  ])('%s', async (_what, text) => {
    expect(await found(text)).toEqual([]);
  });

  test('but the keys beside a template are judged', async () => {
    expect(await found(request('config: { url: "${U}", headerz: { A: "${V}" } }'))).toEqual(['TM1203 5:30']);
  });
});

test('a flow with errors says that parts of it may be missing', async () => {
  expect((await read(request(`${OK}\nassert: []`))).flow?.incomplete).toBe(true);
  expect((await read(request(OK))).flow).not.toHaveProperty('incomplete');
});

test('no time at all is told without a hint that says the same', async () => {
  const { diagnostics } = await readFlow({ file: 'a.yaml', text: request(`timeout: 0s\n${OK}`) }, catalogue);
  expect(diagnostics).toEqual([expect.not.objectContaining({ suggestion: expect.anything() })]);
});
