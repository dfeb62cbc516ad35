import { expect, test } from '@jest/globals';
import { broken, fakeAction, flow, memoryBlobs, ok, stepOf, templateOf } from '@testmesh/testing';
import fc from 'fast-check';
import { run } from '../run.fixture.ts';
import { credentialVariables } from './credential-variables.ts';

const password = 's3cr3t/pä55 "word"';
const span = { file: 'environments/x.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };

const environment = {
  name: 'x',
  file: 'environments/x.yaml',
  text: `variables: [{key: DB_PASSWORD, value: '${password}'}]`,
  variables: [{ name: 'DB_PASSWORD', template: { kind: 'constant' as const, value: password }, span, secret: true }],
  services: [],
  overrides: new Map(),
  headers: templateOf({ Authorization: 'Bearer ${DB_PASSWORD}' }),
  protected: false,
  mentions: new Set<string>(),
};

test('a marked variable reaches the action and no event, log, outcome or blob', async () => {
  const seen: unknown[] = [];
  const blobs = memoryBlobs();
  const echo = fakeAction((config, context) => {
    seen.push(config['password']);
    context.log(`connecting with ${String(config['password'])}`);
    return {
      kind: 'completed',
      output: { ...config, body: `${'x'.repeat(9000)}${String(config['password'])}` },
      exchange: {
        kind: 'http',
        summary: `POST /?p=${encodeURIComponent(password)}`,
        curl: `curl -d ${JSON.stringify(password)}`,
      },
    };
  });
  const fail = fakeAction((config) => broken('28P01', `password ${String(config['p'])} was refused`));
  const steps = [
    stepOf.action('login', {
      action: 'echo',
      config: { password: '${DB_PASSWORD}', [password]: 1 },
      output: { pw: 'password' },
      assert: ['password == "x"'],
      onError: 'continue',
    }),
    stepOf.action('connect', { action: 'fail', config: { p: '${DB_PASSWORD}' } }),
  ];
  const { events, outcome, logged } = await run(flow({ steps }), {
    actions: { echo, fail },
    input: { environment },
    ports: { blobs },
  });
  expect(seen).toEqual([password]);
  const bodies = await Promise.all(blobs.hashes().map(async (hash) => new TextDecoder().decode(await blobs.get(hash))));
  expect(bodies).toHaveLength(1);
  for (const recorded of [JSON.stringify(events), JSON.stringify(outcome), ...logged, ...bodies]) {
    expect(recorded).not.toContain('s3cr3t');
    expect(recorded).not.toContain('55 ');
  }
  expect(outcome.reason).toBe('connect: password *** was refused');
});

test('names under secrets: are masked when they are captured, defined or given', async () => {
  const steps = [
    stepOf.action('login', { config: { token: 't0k3n' }, output: { token: 'token' }, assert: ['token != ""'] }),
    stepOf.action('use', { config: { all: '${token} ${KEY} ${GIVEN}' } }),
  ];
  const { step, events, outcome } = await run(
    flow({ secrets: ['token', 'KEY', 'GIVEN'], env: { KEY: 'k-${PART}', PART: '9' }, steps }),
    { input: { variables: new Map([['GIVEN', 'g1v3n']]) } },
  );
  expect(step('use').output).toEqual({ all: '*** *** ***' });
  expect(step('login').output).toEqual({ token: '***' });
  expect(outcome.outputs).toEqual({ token: '***' });
  expect(events[0]).toMatchObject({ variables: { GIVEN: { $secret: 'GIVEN' } } });
});

test('what an action declares secret is masked from then on', async () => {
  const action = fakeAction((_config, context) => {
    context.secret('abc');
    return ok({ got: 'xabcx' });
  });
  const { step } = await run(flow({ steps: [stepOf.action('a')] }), { actions: { do: action } });
  expect(step('a').output).toEqual({ got: 'x***x' });
});

test('E40: whatever a run does with a secret, its events do not hold it', async () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9!@#$%&:/ "'\\+=-]{10,20}$/);
  const place = fc.constantFrom('config', 'key', 'list', 'sentence', 'error', 'throw', 'title', 'implied');
  await fc.assert(
    fc.asyncProperty(secret, fc.array(place, { minLength: 1, maxLength: 4 }), async (hidden, places) => {
      const action = fakeAction((config) => {
        const value = String(config['p']);
        if (config['place'] === 'error') return broken('E', `no ${value}`);
        if (config['place'] === 'throw') throw new Error(value);
        const implied = [{ expression: value, group: 'implied' as const, passed: false, actual: value, values: [] }];
        if (config['place'] === 'implied') return { kind: 'completed', output: {}, implied };
        const output =
          { config: value, key: { [value]: 1 }, list: [[value]], sentence: `<${value}>` }[String(config['place'])] ??
          value;
        return ok({ output });
      });
      const steps = places.map((at, n) =>
        stepOf.action(`s${n}`, {
          config: { p: '${P}', place: at },
          onError: 'continue',
          title: at === 'title' ? hidden : 't',
          assert: at === 'list' ? ['output == 1'] : [],
        }),
      );
      const { events } = await run(flow({ secrets: ['P'], steps }), {
        actions: { do: action },
        input: { variables: new Map([['P', hidden]]) },
      });
      const texts: string[] = [];
      JSON.stringify(events, (key, value) => {
        texts.push(key, ...(typeof value === 'string' ? [value] : []));
        return value as unknown;
      });
      return texts.every((text) => !text.includes(hidden));
    }),
    { numRuns: 60 },
  );
});

test('E44: a token is masked in the step that brings it, because a later one sends it as a header', async () => {
  const token = 'tok-8f2c91d0aa';
  const login = stepOf.action('login', { config: { body: { token, id: 'user-1' } }, output: { token: 'body.token' } });
  const use = (header: string) =>
    stepOf.action('use', { config: { headers: { Authorization: header } }, assert: ['headers exists'] });
  const first = async (header: string) =>
    JSON.stringify((await run(flow({ steps: [login, use(header)] }))).step('login'));
  expect(await first('Bearer ${token}')).not.toContain(token);
  expect(await first('Bearer ${login.body.token}')).not.toContain(token);
  expect(await first('Bearer ${token}')).toContain('user-1');
  expect(await first('Bearer other')).toContain(token);
});

test('E44: a token is masked in the step that brings it, because a later one hands it to the flow that it runs', async () => {
  const token = 'tok-8f2c91d0aa';
  const login = stepOf.action('login', { config: { body: { jwt: token } }, output: { jwt: 'body.jwt' } });
  const first = async (input: Readonly<Record<string, string>>) =>
    JSON.stringify((await run(flow({ steps: [login, stepOf.runFlow('use', 'use.yaml', input)] }))).step('login'));
  expect(await first({ token: '${jwt}' })).not.toContain(token);
  expect(await first({ note: '${jwt}' })).toContain(token);
});

test.each([
  ['read from the step', { outputs: { token: '${jwt}' } }, {}, 'Bearer ${login.token}'],
  [
    'captured by the step',
    { outputs: { token: '${login.body.jwt}' } },
    { output: { access: '$.token' } },
    'Bearer ${access}',
  ],
  ['taken by a path', { outputs: { token: 'login.body.jwt' } }, {}, 'Bearer ${login.output.token}'],
  ['not declared', {}, {}, 'Bearer ${login.jwt}'],
])('E44: a token that a flow hands back is masked in the step that brings it: %s', async (_, child, parts, header) => {
  const token = 'tok-8f2c91d0aa';
  const login = stepOf.action('login', { config: { body: { jwt: token } }, output: { jwt: 'body.jwt' } });
  const bringing = flow({ name: 'bringing', file: 'flows/login.yaml', steps: [login], ...child });
  const facts = async (authorization: string) => {
    const steps = [
      stepOf.runFlow('login', 'login.yaml', {}, parts),
      stepOf.action('use', { config: { headers: { Authorization: authorization } } }),
    ];
    return JSON.stringify((await run(flow({ steps }), { ports: { childFlow: async () => bringing } })).events);
  };
  expect(await facts(header)).not.toContain(token);
  expect(await facts('Bearer other')).toContain(token);
});

test('E44: a token is masked in the step that brings it, because a definition that is sent as a header is made of it', async () => {
  const token = 'tok-8f2c91d0aa';
  const login = stepOf.action('login', { config: { body: { token } }, output: { token: 'body.token' } });
  const use = stepOf.action('use', { config: { headers: { Authorization: '${AUTH}' } } });
  const { step } = await run(flow({ env: { AUTH: 'Bearer ${token}' }, steps: [login, use] }));
  expect(JSON.stringify(step('login'))).not.toContain(token);
});

const GIVEN = 'supersecretvalue99';
const say = stepOf.action('say', { config: { said: `${GIVEN}-and-more` } });
const given = (name = 'TOK') => ({ input: { variables: new Map([[name, GIVEN]]) } });

test.each([
  ['a header', { headers: { Authorization: '${TOK}' } }],
  ['a header with more in it', { headers: { authorization: 'Bearer ${TOK}' } }],
  ['the metadata of a call', { metadata: { authorization: 'Bearer ${TOK}' } }],
  ['a cookie', { cookies: { session: '${TOK}' } }],
  ['an API key', { auth: { type: 'api_key', key: '${TOK}' } }],
  ['a password', { connection: { host: 'db', password: '${TOK}' } }],
  ['the password of a connection string', { connection: 'postgres://app:${TOK}@db/shop' }],
  ['the keyword of a connection string', { connection: 'host=db password=${TOK} user=app' }],
])('E44: a variable that is given to be %s is named only, from the first fact on', async (_, config) => {
  const { events } = await run(flow({ steps: [say, stepOf.action('use', { config })] }), given());
  expect(events[0]).toMatchObject({ type: 'RunRequested', variables: { TOK: { $secret: 'TOK' } } });
  expect(JSON.stringify(events)).not.toContain(GIVEN);
});

test('E44: a variable that is no credential is recorded as it was given', async () => {
  const config = { headers: { 'X-Order': '${TOK}' }, connection: 'postgres://${TOK}:${PW}@db/shop' };
  const { events } = await run(flow({ steps: [stepOf.action('use', { config })] }), {
    input: {
      variables: new Map([
        ['TOK', GIVEN],
        ['PW', 'not-to-be-seen'],
      ]),
    },
  });
  expect(events[0]).toMatchObject({ variables: { TOK: GIVEN, PW: { $secret: 'PW' } } });
  expect(JSON.stringify(events)).not.toContain('not-to-be-seen');
});

test('E44: a variable is named only where a definition, the environment or its headers make a credential of it', async () => {
  const used = stepOf.action('use', { config: { connection: '${service.db}' } });
  const services = [{ name: 'db', template: templateOf('postgres://app:${TOK}@db/shop'), span }];
  const plain = { ...environment, variables: [], headers: undefined };
  for (const inside of [
    { ...plain, services },
    { ...plain, headers: templateOf({ Cookie: 'a=${TOK}' }) },
    { ...plain, overrides: new Map([['do', templateOf({ password: '${TOK}' })]]) },
  ]) {
    const { input } = given();
    const { events } = await run(flow({ steps: [say, ...(inside.services.length > 0 ? [used] : [])] }), {
      input: { ...input, environment: inside },
    });
    expect(events[0]).toMatchObject({ variables: { TOK: { $secret: 'TOK' } } });
    expect(JSON.stringify(events)).not.toContain(GIVEN);
  }
});

test("E44: the run's own names stay readable, whatever is made of them", async () => {
  const use = stepOf.action('use', { config: { password: 'pw-${RUN_ID}' } });
  const { step } = await run(flow({ steps: [stepOf.action('say', { config: { id: '${RUN_ID}' } }), use] }));
  expect(step('say').output).toEqual({ id: '019aa000-0000-7000-8000-0000000000ff' });
});

test('E44: what the flows make credentials of that a flow runs is known before the first of them runs', () => {
  const inner = flow({
    file: 'flows/inner.yaml',
    steps: [
      stepOf.action('use', { config: { headers: { Authorization: '${jwt}' }, password: '${INHERITED}' } }),
      stepOf.runFlow('again', 'inner.yaml', {}),
    ],
  });
  const outer = (parts: object) =>
    flow({ steps: [stepOf.runFlow('sub', 'inner.yaml', { jwt: 'Bearer ${TOK}', note: '${NOTE}' }, parts)] });
  const found = (parts: object) => [...credentialVariables(outer(parts), undefined, () => inner)].sort();
  expect(found({})).toEqual(['TOK']);
  expect(found({ inheritEnv: true })).toEqual(['INHERITED', 'TOK']);
  expect([...credentialVariables(outer({}), undefined, () => undefined)]).toEqual([]);
});
