import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runInputs } from '@testmesh/contracts';
import type { RunEvent } from '@testmesh/domain';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { failed, PING, requested, started, stepFailed, stepStarted, written } from '../testing/flows.ts';

// A re-run has everything that the first run was given, or is refused with what it lacks.

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
});
afterAll(async () => {
  expect(api.failures).toEqual([]);
  await api.app.close();
});

type Requested = Extract<RunEvent, { readonly type: 'RunRequested' }>;

const pingOf = (url: string, more = ''): string =>
  PING.replace('tags:', `${more}tags:`).replace('http://127.0.0.1:9/', `http://127.0.0.1:9/${url}`);
const again = (id: string, payload: object = {}) =>
  api.ask({ method: 'POST', url: `/api/v1/executions/${id}/rerun`, headers: { 'x-api-key': key }, payload });
const eventOf = (id: string): Requested =>
  ({ type: 'RunRequested', ...api.journal.eventsOf(`run-${id}`)[0]?.data }) as unknown as Requested;
const inputsOf = async (id: string) => runInputs.parse(JSON.parse((await api.deps.secrets.of(id)).get('inputs') ?? ''));

describe('a re-run of a run that was given variables of somebody’s OS', () => {
  const definition = pingOf('${TARGET ?? "prod"}');

  test('is refused until it is given them, and never takes the defaults in their place', async () => {
    const id = await requested(api, key, { definition, os_variables: { TARGET: 'staging', HOME: '/root' } });
    expect(eventOf(id).given).toMatchObject({ osVariables: ['TARGET'], flowEnvFileVariables: [] });
    const refused = await again(id);
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({
      detail: `give TARGET anew: what ${id} was given of an OS, of an env file and of secrets went with its end`,
      errors: [{ pointer: '/os_variables/TARGET', message: 'was given of an OS and is not kept' }],
    });
    const given = await again(id, { os_variables: { TARGET: 'staging' } });
    expect(given.statusCode).toBe(201);
    expect(await inputsOf(given.json().id)).toMatchObject({ osVariables: { TARGET: 'staging' } });
    // What is given above them stands in for them as well.
    expect((await again(id, { variables: { TARGET: 'staging' } })).statusCode).toBe(201);
    expect((await again(id, { env_file_variables: { TARGET: 'staging' } })).statusCode).toBe(201);
  });

  test('goes on without them where the first run had none', async () => {
    const id = await requested(api, key, { definition, os_variables: { HOME: '/root' } });
    expect((await again(id)).statusCode).toBe(201);
  });

  test('does not need those that lay under what it was given', async () => {
    const id = await requested(api, key, {
      definition,
      os_variables: { TARGET: 'staging' },
      variables: { TARGET: 'review' },
    });
    const given = await again(id);
    expect(await inputsOf(given.json().id)).toMatchObject({ variables: { TARGET: 'review' } });
  });

  test('masks those that were masked by name', async () => {
    const id = await requested(api, key, {
      definition,
      os_variables: { TARGET: 's3cr3t-value' },
      secret_names: ['TARGET'],
    });
    const given = await again(id, { os_variables: { TARGET: 's3cr3t-value' } });
    expect((await inputsOf(given.json().id)).secretNames).toEqual(['TARGET']);
    const another = await again(id, { os_variables: { TARGET: 'x' }, secret_names: ['OTHER'] });
    expect((await inputsOf(another.json().id)).secretNames).toEqual(['TARGET', 'OTHER']);
  });
});

describe('a re-run of a run that was given what its env file holds', () => {
  test('is refused until it is given it, also where the flow names no file', async () => {
    const definition = pingOf('${TARGET ?? "prod"}');
    const id = await requested(api, key, { definition, flow_env_file_variables: { TARGET: 'staging' } });
    expect((await again(id)).json()).toMatchObject({
      status: 422,
      errors: [{ pointer: '/flow_env_file_variables/TARGET', message: 'was given of an env file and is not kept' }],
    });
    expect((await again(id, { flow_env_file_variables: { TARGET: 'staging' } })).statusCode).toBe(201);
  });

  test('needs it although the file came in the bundle: it is not kept with the others', async () => {
    const files = { 'ping.yaml': pingOf('${WHO}', 'env_file: .env\n  '), '.env': 'WHO=dave\n' };
    const id = await requested(api, key, { bundle: { entry: 'ping.yaml', files } });
    expect((await again(id)).json()).toMatchObject({ errors: [{ pointer: '/flow_env_file_variables/WHO' }] });
    expect((await again(id, { flow_env_file_variables: { WHO: 'dave' } })).statusCode).toBe(201);
  });

  test('reads it where it is kept for another flow that has it too', async () => {
    const flow = (more: string) => pingOf('${WHO}', 'env_file: .env\n  ').replace('steps:', `steps:\n${more}`);
    const files = {
      'ping.yaml': flow('    - action: run_flow\n      config: { flow: child.yaml }'),
      'child.yaml': flow(''),
      '.env': 'WHO=dave\n',
    };
    const id = await requested(api, key, { bundle: { entry: 'ping.yaml', files } });
    expect((await again(id)).statusCode).toBe(201);
  });
});

test('what a request records has the members of its golden file', async () => {
  const file = join(import.meta.dirname, '../../../../libs/domain/src/runs/golden/RunRequested.v2.json');
  const { written: golden } = JSON.parse(readFileSync(file, 'utf8'));
  const text = '{"variables": {}}';
  api.environments.set(`${DEFAULT_WORKSPACE}/staging`, { name: 'staging', file: 'environments/staging.yaml', text });
  const id = await requested(api, key, { definition: PING, environment: 'staging', test_environment: 'pr-123' });
  const members = (value: object | null | undefined): readonly string[] => Object.keys(value ?? {}).sort();
  expect(api.journal.eventsOf(`run-${id}`)[0]?.sv).toBe(2);
  expect(members(eventOf(id))).toEqual(['type', ...members(golden)].sort());
  expect(members(eventOf(id).given)).toEqual(members(golden.given));
});

test('a value that only looks masked is run again as it is, and one that held a secret is not', async () => {
  const definition = pingOf('${A}/${B}/${PASSWORD}', 'secrets: [PASSWORD]\n  ');
  const variables = { A: 'a***b', B: 'see s3cr3t-value', PASSWORD: 's3cr3t-value' };
  const id = await requested(api, key, { definition, variables });
  expect(eventOf(id)).toMatchObject({
    variables: { A: 'a***b', B: 'see ***' },
    given: { maskedVariables: ['B', 'PASSWORD'] },
  });
  expect((await again(id)).json()).toMatchObject({
    status: 422,
    errors: [{ pointer: '/variables/B' }, { pointer: '/variables/PASSWORD', message: 'was secret and is not kept' }],
  });
  const second = await again(id, { variables: { B: 'x', PASSWORD: 'new-s3cr3t' } });
  expect(eventOf(second.json().id).variables).toEqual({ A: 'a***b', B: 'x', PASSWORD: { $secret: 'PASSWORD' } });
});

describe('a re-run of a run in a test environment', () => {
  const asked = { context: 'pr-123', on_busy: 'new', routing_policy: { orders: 'http://orders.pr-123' } };

  test('asks for the same one', async () => {
    const id = await requested(api, key, { definition: PING, test_environment: asked });
    expect(eventOf(id).given).toMatchObject({ testEnvironment: asked });
    const second = await again(id);
    expect((await inputsOf(second.json().id)).testEnvironment).toEqual(asked);
    // And so does a re-run of the re-run.
    const third = await again(second.json().id);
    expect((await inputsOf(third.json().id)).testEnvironment).toEqual(asked);
  });

  test('asks for another one, or for none of its own, where it is told to', async () => {
    const id = await requested(api, key, { definition: PING, test_environment: asked });
    const other = await again(id, { test_environment: 'pr-124' });
    expect((await inputsOf(other.json().id)).testEnvironment).toEqual({ ...asked, context: 'pr-124' });
    const none = await again(id, { test_environment: null });
    expect((await inputsOf(none.json().id)).testEnvironment).toBeUndefined();
    const wrong = await again(id, { test_environment: { on_bussy: 'fail' } });
    expect(wrong.statusCode).toBe(400);
  });

  test('asks for one where the first run asked for none', async () => {
    const id = await requested(api, key);
    expect(eventOf(id).given).not.toHaveProperty('testEnvironment');
    const given = await again(id, { test_environment: 'pr-124' });
    expect((await inputsOf(given.json().id)).testEnvironment).toEqual({ context: 'pr-124' });
  });

  test('is refused where what the first run said of it held a secret, until it is said anew', async () => {
    const definition = pingOf('${PASSWORD}', 'secrets: [PASSWORD]\n  ');
    const variables = { PASSWORD: 's3cr3t-value' };
    const test_environment = { context: 'pr-123', settings: { password: 's3cr3t-value' } };
    const id = await requested(api, key, { definition, variables, test_environment });
    expect(JSON.stringify(eventOf(id))).not.toContain('s3cr3t');
    expect((await again(id, { variables })).json()).toMatchObject({
      status: 422,
      errors: [{ pointer: '/test_environment', message: 'held a secret and is not kept' }],
    });
    const given = await again(id, { variables, test_environment });
    expect((await inputsOf(given.json().id)).testEnvironment).toEqual(test_environment);
  });
});

describe('a re-run of a run that was recorded before it was kept what runs are given', () => {
  const older = async (payload: object): Promise<string> => {
    const id = await requested(api, key, payload);
    const stream = api.journal.eventsOf(`run-${id}`);
    const { given: _given, ...data } = stream[0]?.data ?? {};
    Object.assign(stream[0] ?? {}, { sv: 1, data });
    return id;
  };

  const acted = (id: string): string => {
    written(api, id, started, stepStarted, stepFailed, failed);
    return id;
  };

  test('is refused where its flow may have had OS variables, until it is said which', async () => {
    const definition = pingOf('${TARGET ?? "prod"}/${PATH_PART}/${RUN_ID}', 'env: { PATH_PART: a }\n  ');
    const id = acted(await older({ definition, os_variables: { TARGET: 'staging' } }));
    const refused = await again(id);
    expect(refused.json()).toMatchObject({
      status: 422,
      detail: `${id} was recorded before it was kept which OS variables a run had, and its flow mentions TARGET: send what it had as os_variables, {} for none`,
      errors: [{ pointer: '/os_variables' }],
    });
    expect((await again(id, { os_variables: { TARGET: 'staging' } })).statusCode).toBe(201);
    expect((await again(id, { os_variables: {} })).statusCode).toBe(201);
    expect((await again(id, { variables: { TARGET: 'staging' } })).statusCode).toBe(201);
  });

  test('goes on where everything its flow mentions is known', async () => {
    const id = acted(await older({ definition: pingOf('${A}'), variables: { A: 'a' } }));
    expect((await again(id)).statusCode).toBe(201);
    const masked = await older({ definition: pingOf('${A}'), variables: { A: 'a***b' } });
    expect((await again(masked)).json()).toMatchObject({ errors: [{ pointer: '/variables/A' }] });
  });

  test('is refused where it may have been in a test environment, until it is said in which', async () => {
    const never = await older({ definition: PING });
    expect((await again(never, {})).json()).toMatchObject({
      status: 422,
      detail: `${never} was recorded before it was kept what a run says of its test environment: send it as test_environment, null for what the flow says alone`,
      errors: [{ pointer: '/test_environment' }],
    });
    expect((await again(never, { test_environment: null })).statusCode).toBe(201);
    const inside = await older({ definition: PING });
    const entered = { environment: 'e', name: 'e', namespace: 'n', epoch: 1, reused: true, waitedMs: 1, routes: [] };
    const inOne = { type: 'EnvironmentEntered', context: 'pr-123', ...entered } as const;
    written(api, inside, started, inOne, stepStarted, stepFailed, failed);
    expect((await again(inside)).json()).toMatchObject({ status: 422, errors: [{ pointer: '/test_environment' }] });
    const given = await again(inside, { test_environment: 'pr-123' });
    expect((await inputsOf(given.json().id)).testEnvironment).toEqual({ context: 'pr-123' });
  });
});
