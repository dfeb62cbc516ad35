import { expect, test } from '@jest/globals';
import { projectFolder, testmesh } from './support/cli.ts';
import { httpService, json } from './support/http-service.ts';

const get = (url: string, assertion: string): string => `flow:
  name: get
  steps:
    - id: look
      action: http_request
      config: { url: "${url}/thing" }
      assert: [${assertion}]
`;

const waits = (ms: string): string => `flow:
  name: waits
  steps:
    - id: nap
      action: delay
      config: { duration: ${ms} }
    - id: checked
      action: assert
      config: { data: { x: 1 }, assertions: ["x == 1"] }
  teardown:
    - id: tidy
      action: log
      config: { message: tidied up }
`;

test('0: every flow passed', async () => {
  await using service = await httpService();
  await using folder = await projectFolder({ 'a.yaml': get(service.url, 'status == 200') });
  expect(await testmesh(['run', 'a.yaml'], { cwd: folder.path })).toMatchObject({ code: 0 });
  expect(service.requests).toEqual(['GET /thing']);
});

test('1: an assertion failed, or a step could not reach its target', async () => {
  await using service = await httpService();
  await using folder = await projectFolder({
    'red.yaml': get(service.url, 'status == 201'),
    'unreachable.yaml': get('http://127.0.0.1:1', 'status == 200'),
  });
  expect(await testmesh(['run', 'red.yaml'], { cwd: folder.path })).toMatchObject({ code: 1 });
  const unreachable = await testmesh(['run', 'unreachable.yaml'], { cwd: folder.path });
  expect(unreachable.code).toBe(1);
  expect(unreachable.stdout).toContain('ECONNREFUSED');
});

test('3: a required input that nothing gives; validate only warns of it', async () => {
  await using service = await httpService();
  await using folder = await projectFolder({
    'ask.yaml': get(`${service.url}/\${user}`, 'status == 200').replace('  steps:', '  inputs: { user: {} }\n  steps:'),
  });
  const refused = await testmesh(['run', 'ask.yaml'], { cwd: folder.path });
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('TM2022') });
  expect(service.requests).toEqual([]);
  const warned = await testmesh(['validate', 'ask.yaml'], { cwd: folder.path });
  expect(warned).toMatchObject({ code: 0, stderr: expect.stringContaining('--var user=') });
  const given = await testmesh(['run', 'ask.yaml', '--var', 'user=ada'], { cwd: folder.path });
  expect(given).toMatchObject({ code: 0 });
  expect(service.requests).toEqual(['GET /ada/thing']);
});

test.each([
  [['run', '--no-such-option'], /unknown option/],
  [['run', 'no-such-file.yaml'], /there is no file or folder no-such-file\.yaml/],
  [['run', 'a.yaml', '--var', 'nonsense'], /--var nonsense is not NAME=VALUE/],
  [['run', 'a.yaml', '--var', 'UUID=fixed'], /--var UUID: UUID is built in/],
  [['run', 'a.yaml', '--var', '__proto__=x'], /--var __proto__: no flow can have that name/],
  [['run', 'a.yaml', '--env', 'nowhere'], /there is no environments\/nowhere\.yaml/],
  [['run', 'a.yaml', '--env', 'stagin'], /there is local, staging — did you mean `staging`\?/],
  [['run', 'a.yaml', '--env', '../x'], /--env \.\.\/x is not a name/],
  [['run', 'a.yaml', '--timeout', '0s'], /--timeout 0s is no time at all/],
  [['explain', 'TM9999'], /TM9999 is no code of testmesh and no action: `testmesh explain` lists the codes/],
  [['explain', 'TM1299'], /TM1299 is no code .*did you mean `TM12\d\d`/],
  [['explain', '1203'], /did you mean `TM1203`/],
  [['valdate'], /unknown command 'valdate'\ndid you mean `validate`\?/],
  [['bogus'], /unknown command 'bogus'\ntestmesh --help lists the commands/],
  [['run', 'a.yaml', '--env-file', 'nowhere.env'], /nowhere\.env cannot be read/],
  [['run', 'a.yaml', '--timeout', '30'], /--timeout 30 is not a duration/],
  [['run', 'a.yaml', '--parallel', '0'], /whole number/],
  [['run', 'a.yaml', '--reporter', 'carrier-pigeon'], /there is no reporter carrier-pigeon/],
  [['run', 'a.yaml', '--reporter', 'json', '--reporter', 'pretty'], /must be the only thing/],
  [['validate', 'a.yaml', '--api', 'http://localhost:5016'], /--api is for run/],
  [['run', 'a.yaml', '--api', 'localhost:5016'], /--api localhost:5016 is not an address/],
  [['run', 'a.yaml', '--api', 'http://127.0.0.1:1'], /http:\/\/127.0.0.1:1 cannot be reached/],
  [['run', 'a.yaml', '--json'], /--json is reserved/],
  [['explain', 'TM0000'], /TM0000 is no code/],
  [['run', 'a.yaml', '--data', 'a.yaml'], /runs cannot be kept in a\.yaml \(ENOTDIR.*--data/],
  [['run', 'a.yaml', '--data', '/proc/x'], /runs cannot be kept in \/proc\/x \(ENOENT.*--data/],
  [['up', '--port', '0', '--data', '/proc/x'], /nothing can be kept in \/proc\/x: ENOENT/],
  [['completion', 'tcsh'], /no completion for tcsh/],
])('2: usage or configuration: testmesh %j', async (args, text) => {
  const environments = {
    'environments/local.yaml': 'environment: {}\n',
    'environments/staging.yaml': 'environment: {}\n',
  };
  await using folder = await projectFolder({ 'a.yaml': waits('1ms'), ...environments });
  const result = await testmesh(args, { cwd: folder.path });
  expect(result.stderr).toMatch(text);
  expect(result.code).toBe(2);
});

test('3: a variable that does not fit its input, before anything is sent', async () => {
  await using service = await httpService();
  const typed = get(service.url, 'status == 200').replace('steps:', 'inputs: { count: { type: number } }\n  steps:');
  await using folder = await projectFolder({ 'typed.yaml': typed });
  const result = await testmesh(['run', 'typed.yaml', '--var', 'count=three'], { cwd: folder.path });
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 3, stdout: '' });
  expect(result.stderr).toContain('the input count of');
  expect(result.stderr).toContain('must be a number, and it is a string');
  expect(service.requests).toEqual([]);
});

test('3: one invalid file and nothing is sent, not even by the valid ones', async () => {
  await using service = await httpService();
  const bad = get(service.url, 'status == 200').replace('config:', 'confg:');
  await using folder = await projectFolder({ 'bad.yaml': bad, 'good.yaml': get(service.url, 'status == 200') });
  const result = await testmesh(['run', '.'], { cwd: folder.path });
  expect(result.code).toBe(3);
  expect(result.stderr).toContain('bad.yaml:6:7');
  expect(result.stderr).toContain('did you mean `config`?');
  expect(service.requests).toEqual([]);
});

test('3: a schema in a file with a pattern that cannot be used; with one that can, the flow is valid', async () => {
  const flow = get('http://127.0.0.1:1', 'body matches_schema_file "order.json"');
  const files = (pattern: string) => ({
    'a.yaml': flow,
    'order.json': JSON.stringify({ properties: { no: { pattern } } }),
  });
  await using usable = await projectFolder(files('^[0-9]+$'));
  expect(await testmesh(['validate', 'a.yaml'], { cwd: usable.path })).toMatchObject({ code: 0, stderr: '' });
  await using refused = await projectFolder(files('(?=a)'));
  const result = await testmesh(['validate', 'a.yaml'], { cwd: refused.path });
  expect(result.code).toBe(3);
  expect(result.stderr).toContain('order.json: at properties.no.pattern');
});

test('5: nothing matched the selection', async () => {
  await using folder = await projectFolder({ 'a.yaml': waits('1ms'), 'docs/readme.md': '' });
  expect(await testmesh(['run', 'docs'], { cwd: folder.path })).toMatchObject({ code: 5 });
  expect(await testmesh(['run', 'flows/**/*.yaml'], { cwd: folder.path })).toMatchObject({ code: 5 });
  expect(await testmesh(['run', '.', '--tags', 'smoke'], { cwd: folder.path })).toMatchObject({ code: 5 });
});

test('6: Docker or a broker could not be had and nothing was asserted', async () => {
  await using folder = await projectFolder({
    'docker.yaml': `flow:
  name: needs docker
  steps:
    - id: db
      action: docker_run
      config: { image: "postgres:16-alpine" }
      assert: [container_id exists]
`,
    'kafka.yaml': `flow:
  name: needs a broker
  steps:
    - id: event
      action: kafka_consumer
      config: { brokers: "127.0.0.1:1", topic: orders, timeout: 2s }
      assert: [len(messages) > 0]
`,
  });
  const docker = await testmesh(['run', 'docker.yaml'], {
    cwd: folder.path,
    env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
  });
  expect({ code: docker.code, out: docker.stdout }).toEqual({
    code: 6,
    out: expect.stringContaining('/nowhere/docker.sock'),
  });
  const kafka = await testmesh(['run', 'kafka.yaml'], { cwd: folder.path });
  expect({ code: kafka.code, out: kafka.stdout }).toEqual({ code: 6, out: expect.stringContaining('127.0.0.1:1') });
});

test('7: --timeout is over; teardown still runs', async () => {
  await using folder = await projectFolder({ 'long.yaml': waits('30s') });
  const result = await testmesh(['run', 'long.yaml', '--timeout', '300ms'], { cwd: folder.path });
  expect(result.code).toBe(7);
  expect(result.stdout).toMatch(/✓ tidy/);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends with %i after teardown', async (signal, code) => {
  await using service = await httpService(() => undefined);
  const hangs = `${get(service.url, 'status == 200')}  teardown:
    - id: tidy
      action: log
      config: { message: tidied up }
`;
  await using folder = await projectFolder({ 'hangs.yaml': hangs });
  const result = await testmesh(['run', 'hangs.yaml'], { cwd: folder.path, signalAt: { text: 'get', signal } });
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(`${signal}: stopping after teardown`);
  expect(result.stdout).toMatch(/✓ tidy/);
});

test('1 is stronger than 6, and a --timeout stronger than 1', async () => {
  await using service = await httpService((_request, response) => json(response, 200, {}));
  await using folder = await projectFolder({
    'kafka.yaml': `flow:
  name: needs a broker
  steps:
    - id: event
      action: kafka_consumer
      config: { brokers: "127.0.0.1:1", topic: orders, timeout: 1s }
      assert: [len(messages) > 0]
`,
    'red.yaml': get(service.url, 'status == 201'),
    'slow/long.yaml': waits('30s'),
  });
  expect(await testmesh(['run', 'kafka.yaml', 'red.yaml'], { cwd: folder.path })).toMatchObject({ code: 1 });
  const timeout = await testmesh(['run', 'red.yaml', 'slow', '--timeout', '500ms'], { cwd: folder.path });
  expect(timeout.code).toBe(7);
});

test('2: a disk that takes no more of the record of a run, which is ended after its teardown', async () => {
  const steps = Array.from(
    { length: 40 },
    (_, at) => `
    - id: said_${at}
      action: log
      config: { message: "${'x'.repeat(500)}" }
      assert: ['message contains "x"']`,
  );
  await using folder = await projectFolder({ 'long.yaml': `flow:\n  name: long\n  steps:${steps.join('')}\n` });
  const full = await testmesh(['run', 'long.yaml'], { cwd: folder.path, fileBlocks: 8 });
  expect(full).toMatchObject({ code: 2, stderr: expect.stringContaining('EFBIG') });
  expect(full.stderr).toContain('make room there or name another folder with --data');
});

test('70: a defect of our own, and nothing else is claimed', async () => {
  await using service = await httpService();
  await using folder = await projectFolder({ 'a.yaml': get(service.url, 'status == 200') });
  const broken = encodeURIComponent("performance.now = () => { throw new Error('broken on purpose') }");
  const result = await testmesh(['run', 'a.yaml'], {
    cwd: folder.path,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${broken}` },
  });
  expect(result.code).toBe(70);
  expect(result.stderr).toContain('testmesh met a defect of its own, please report it:');
  expect(result.stderr).toContain('broken on purpose');
  expect(result.stdout).toBe('');
  expect(service.requests).toEqual([]);
});

test('2 is stronger than 3, and 3 than 1: what cannot be begun is told before what is wrong with it', async () => {
  await using service = await httpService();
  const bad = get(service.url, 'status == 200').replace('config:', 'confg:');
  await using folder = await projectFolder({ 'bad.yaml': bad, 'red.yaml': get(service.url, 'status == 201') });
  const invalid = await testmesh(['run', 'red.yaml', 'bad.yaml'], { cwd: folder.path });
  expect(invalid.code).toBe(3);
  const wrong = await testmesh(['run', 'bad.yaml', '--var', 'UUID=1'], { cwd: folder.path });
  expect(wrong.code).toBe(2);
  expect(service.requests).toEqual([]);
});

test('130 is stronger than 1: a flow had failed when the signal came', async () => {
  await using service = await httpService();
  await using silent = await httpService(() => undefined);
  await using folder = await projectFolder({
    'a-red.yaml': get(service.url, 'status == 201'),
    'b-hangs.yaml': get(silent.url, 'status == 200'),
  });
  const result = await testmesh(['run', 'a-red.yaml', 'b-hangs.yaml', '--parallel', '1'], {
    cwd: folder.path,
    signalAt: { text: 'status == 201', signal: 'SIGINT' },
  });
  expect(result.code).toBe(130);
  expect(result.stdout).toContain('status == 201');
});
