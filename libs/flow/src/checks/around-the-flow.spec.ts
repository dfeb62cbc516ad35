import { describe, expect, test } from '@jest/globals';
import type { Flow } from '../model/flow.ts';
import { checkFlow, NEEDS_ENVIRONMENT } from './check-flow.ts';
import { environmentOf, flowOf, get, getPath, judged, steps } from './checks.fixture.ts';

describe('the environment', () => {
  const database = '{ action: database_query, config: { query: "${SQL}" }, assert: [row_count == 1] }';
  const text = steps(`- { action: http, config: { url: "\${service.user-api}/users" } }\n- ${database}`);

  test('is asked for once, with everything it would have to define', async () => {
    const { diagnostics } = await judged(text);
    expect(diagnostics.map(({ code }) => code)).toEqual([NEEDS_ENVIRONMENT]);
    expect(NEEDS_ENVIRONMENT).toBe('TM2010');
    expect(diagnostics[0]?.message).toBe(
      'needs an environment that defines service.user-api, SQL and `connection` for database_query',
    );
    expect(diagnostics[0]?.span).toMatchObject({ line: 4, column: 41 });
  });

  test('answers all of it', async () => {
    const environment = await environmentOf(
      'variables: { SQL: select 1 }\nservices: { user-api: "http://a" }\noverrides: { database_query: { dsn: "${service.user-api}" } }',
    );
    expect((await judged(text, { environment })).codes).toEqual([]);
  });

  test('or only a part of it', async () => {
    const environment = await environmentOf('services: { users-api: "http://a" }');
    const { codes, diagnostics } = await judged(text, { environment });
    expect(codes).toEqual(['TM2003', 'TM2020', 'TM2001']);
    expect(diagnostics[0]?.suggestion).toBe('did you mean `users-api`?');
  });

  test('may itself refer to what nothing defines', async () => {
    const environment = await environmentOf(
      'services: { user-api: "http://${HOST}" }\nvariables: { SQL: a }\noverrides: { database_query: { dsn: "${PASS}" } }',
    );
    expect((await judged(text, { environment })).codes).toEqual(['TM2001', 'TM2001']);
    expect((await judged(text, { environment, variables: new Set(['HOST', 'PASS']) })).codes).toEqual([]);
  });

  test('has to know the names of secrets', async () => {
    const flow = `flow:\n  name: a\n  env: { API_KEY: a-long-secret }\n  secrets: [API_KEY, »API_KYE]\n  steps:\n    - ${get('id: a')}`;
    const environment = await environmentOf('variables: {}');
    for (const options of [{}, { environment }, { variables: new Set(['OTHER']) }]) {
      const { codes, places, expected, diagnostics } = await judged(flow, options);
      expect(codes).toEqual(['TM2021']);
      expect(places).toEqual(expected);
      expect(diagnostics[0]).toMatchObject({ severity: 'error', suggestion: 'did you mean `API_KEY`?' });
    }
    expect((await judged(flow, { variables: new Set(['API_KYE']) })).codes).toEqual([]);
  });

  test('has to know the names of secrets, or the flow mentions them', async () => {
    const flow = (path: string, more = '') =>
      `flow:\n  name: a\n  secrets: [TOKEN]\n  steps:\n    - ${getPath(path)}\n${more}`;
    expect((await judged(flow('a'))).codes).toEqual(['TM2021']);
    const mentioned = (await judged(flow('${TOKEN}'))).codes;
    expect(mentioned).not.toContain('TM2021');
    expect((await judged(flow('${TOKENS}'))).codes).toContain('TM2021');
    expect((await judged(flow('a', '    - { action: run_flow, flow: b.yaml }'))).codes).toEqual([]);
  });
});

describe('a required input', () => {
  const text = (input: string) =>
    `flow:\n  name: a\n  inputs: { »user: ${input} }\n  steps:\n    - ${getPath('${user}')}`;

  test('must be given for a run, and may be missing otherwise', async () => {
    const { diagnostics, places, expected } = await judged(text('{ type: string, description: who }'), {
      missingInput: 'error',
    });
    expect(diagnostics).toMatchObject([
      { code: 'TM2022', severity: 'error', message: 'nothing gives the required input `user` (who)' },
    ]);
    expect(places).toEqual(expected);
    expect((await judged(text('{ type: string }'), { missingInput: 'warning' })).diagnostics).toMatchObject([
      { code: 'TM2022', severity: 'warning' },
    ]);
    expect((await judged(text('{ type: string }'))).codes).toEqual([]);
  });

  test('is given by a default, a variable or the environment', async () => {
    const given = (input: string, options: Parameters<typeof judged>[1]) =>
      judged(text(input), { missingInput: 'error', ...options });
    expect((await given('{ default: ada }', {})).codes).toEqual([]);
    expect((await given('{ type: string }', { variables: new Set(['user']) })).codes).toEqual([]);
    const environment = await environmentOf('variables: { user: ada }');
    expect((await given('{ type: string }', { environment })).codes).toEqual([]);
  });
});

describe('other flows', () => {
  const run = (rest: string) => steps(`- { id: login, action: »run_flow, flow: login.yaml, ${rest} }`);
  const childrenOf = async (files: Readonly<Record<string, string>>) => {
    const flows = new Map<string, Flow>();
    for (const [file, text] of Object.entries(files)) flows.set(file, await flowOf(text, file));
    return (path: string) => flows.get(path);
  };
  const login = `flow:\n  name: login\n  inputs: { user: { type: string } }\n  outputs: [token]\n  steps:\n    - ${get('output: { token: body.t }')}`;

  test('must be there', async () => {
    const text = steps('- { id: login, action: run_flow, flow: »login.yaml }');
    const { codes, places, expected } = await judged(text, { children: () => undefined });
    expect([codes, places]).toEqual([['TM2013'], expected]);
  });

  test('must not lead back', async () => {
    const children = await childrenOf({
      'login.yaml': steps('- { action: run_flow, flow: back.yaml }'),
      'back.yaml': steps('- { action: run_flow, flow: login.yaml }'),
    });
    const flow = await flowOf(steps('- { action: run_flow, flow: back.yaml }'), 'login.yaml');
    const [cycle, ...rest] = checkFlow(flow, { variables: new Set(), children });
    expect(rest).toEqual([]);
    expect(cycle).toMatchObject({
      code: 'TM2012',
      message: 'the flow leads back to itself: login.yaml → back.yaml → login.yaml',
    });
  });

  test('take the inputs they declare', async () => {
    const children = await childrenOf({ 'login.yaml': login });
    const { diagnostics, expected } = await judged(run('input: { usr: ada }'), { children });
    expect(diagnostics).toMatchObject([
      { code: 'TM2014', message: 'login needs the input `user`' },
      { code: 'TM2014', message: 'login has no input `usr`', suggestion: 'did you mean `user`?' },
    ]);
    expect(expected).toHaveLength(1);
    expect((await judged(run('input: { user: ada }'), { children })).codes).toEqual([]);
  });

  test('take values of the type they declare, and the caret is under the value or the key', async () => {
    const children = await childrenOf({
      'login.yaml': login.replace('user: { type: string }', 'n: { type: number }, list: { type: list }, any: {}'),
    });
    const given = async (input: string) => {
      const text = steps(`- { action: run_flow, flow: login.yaml, input: ${input} }`);
      const { diagnostics, places, expected } = await judged(text, { children });
      expect(places).toEqual(expected);
      return diagnostics.map(({ message }) => message);
    };
    expect(await given('{ n: »"abc", list: [], any: 1 }')).toEqual(['login takes `n` as a number, not string "abc"']);
    expect(await given('{ n: 1, list: "${UUID}", any: 1 }')).toEqual([]);
    expect(await given('{ n: 1, list: »{ a: 1 }, any: "${UUID}" }')).toHaveLength(1);
    expect(await given('{ n: "${RUN_ID}", list: [1], any: 1, »usr: 1 }')).toEqual(['login has no input `usr`']);
  });

  test('are asked in assertions only for what they declare', async () => {
    const children = await childrenOf({ 'login.yaml': login });
    const asserting = (what: string) =>
      judged(steps(`- { action: run_flow, flow: login.yaml, input: { user: a }, assert: [»${what} exists] }`), {
        children,
      });
    const { codes, places, expected } = await asserting('tokn');
    expect([codes, places]).toEqual([['TM2001'], expected]);
    for (const name of ['token', 'status', 'flow', 'error', 'result.token'])
      expect((await asserting(name)).codes).toEqual([]);
  });

  test('give what they declare', async () => {
    const children = await childrenOf({ 'login.yaml': login });
    const use = (name: string) => `${run('input: { user: a }').trimEnd()}\n    - ${getPath(`\${login.${name}}`)}`;
    expect((await judged(use('token'), { children })).codes).toEqual([]);
    expect((await judged(use('tokn'), { children })).codes).toEqual(['TM2019']);
  });
});

describe('files that steps read', () => {
  const reading = (steps: string, more = '') => `flow:\n  name: a\n${more}  steps:\n${steps.replace(/^/gm, '    ')}\n`;
  const hasFile = (path: string) => path === 'there.json';
  const LOOP = (file: string) => `- { action: for_each, items_from_file: ${file}, steps: [${get('id: a')}] }`;

  test.each([
    LOOP('»rows.csv'),
    `- ${get('assert: [»body matches_schema_file "order.json"]')}`,
    '- { action: run_flow, flow: a.yaml, input_file: »input.json }',
  ])('are there before the first step: %s', async (step) => {
    const { codes, places, expected, diagnostics } = await judged(reading(step), { hasFile });
    expect(new Set(codes)).toEqual(new Set(['TM2023']));
    expect(places).toEqual(expected);
    expect(diagnostics.map(({ severity }) => severity)).toContain(step.includes('run_flow') ? 'warning' : 'error');
  });

  test('are schemas that can be used', async () => {
    const step = reading(`- ${get('assert: [»body matches_schema_file "order.json"]')}`);
    const judge = (text: string | undefined) => judged(step, { hasFile: () => true, schemaText: () => text });
    const misspelt = '{ "properties": { "id": { "typ": "string" }, "no": { "type": "numbr", "pattern": "(?=a)" } } }';
    const { diagnostics, places, expected } = await judge(misspelt);
    expect(diagnostics.map(({ code, severity, message, help }) => [code, severity, message, help])).toEqual([
      [
        'TM3024',
        'error',
        'order.json: at properties.id: `typ` is no keyword of JSON Schema: it would check nothing',
        'did you mean `type`?',
      ],
      [
        'TM3024',
        'error',
        expect.stringMatching(/^order.json: at properties.no.type: `type` is one of /),
        'did you mean `number`?',
      ],
      [
        'TM3024',
        'error',
        expect.stringMatching(/^order.json: at properties.no.pattern: this regular expression is not/),
        undefined,
      ],
    ]);
    expect(new Set(places)).toEqual(new Set(expected));
    expect((await judge('{')).diagnostics).toMatchObject([
      { code: 'TM3024', message: expect.stringMatching(/^order.json: it is not JSON: /) },
    ]);
    expect((await judge('[]')).codes).toEqual(['TM3024']);
    for (const usable of ['{ "type": "object" }', 'true', undefined]) expect((await judge(usable)).codes).toEqual([]);
  });

  test('may be made by whoever runs the flow', async () => {
    const child = reading(LOOP('rows.csv'), '  inputs: { a: { default: 1 } }\n');
    expect((await judged(child, { hasFile })).diagnostics).toMatchObject([{ severity: 'warning' }]);
  });

  test('are not asked for where a template names them, a step is off, or nobody can look', async () => {
    expect((await judged(reading(LOOP('"${FILE:rows.csv}"')), { hasFile })).codes).toEqual([]);
    expect((await judged(reading(LOOP('there.json')), { hasFile })).codes).toEqual([]);
    expect((await judged(reading(LOOP('rows.csv')))).codes).toEqual([]);
  });
});
