import { expect, test } from '@jest/globals';
import { containerSpec } from './container-spec.ts';
import { notPulled, withTag } from './image.ts';
import { dsn, knownImage } from './known-image.ts';
import { logText } from './logs.ts';
import { ownContainer } from './network.ts';
import { isDead, type Owner, ownerLabels, ownerOf, startOfProcess, thisProcess } from './owner.ts';
import { publications, withPorts } from './ports.ts';
import { carriedOut } from './problem.ts';
import { postgresAnswer, redisAnswer, startupMessage } from './readiness/protocols.ts';
import { dockerRunSchema } from './schema.ts';
import { deadRuns } from './sweep.ts';
import { words } from './words.ts';

test.each([
  [{ '5432': '0' }, [{ containerPort: 5432, protocol: 'tcp', hostPort: 0 }]],
  [{ '53/udp': '5300' }, [{ containerPort: 53, protocol: 'udp', hostPort: 5300 }]],
  [['8080:80'], [{ containerPort: 80, protocol: 'tcp', hostPort: 8080 }]],
  [['80'], [{ containerPort: 80, protocol: 'tcp', hostPort: 0 }]],
  [['0.0.0.0:8080:80'], [{ containerPort: 80, protocol: 'tcp', hostPort: 8080, hostIp: '0.0.0.0' }]],
] as const)('ports %j are published as written', (ports, expected) => {
  expect(publications(ports)).toEqual(expected);
});

test.each([[{ http: '0' }], [{ '80': 'x' }], [['a:b']], [{ '70000': '0' }]])('ports %j are refused', (ports) => {
  expect(publications(ports as Record<string, string>)).toEqual(expect.stringContaining('ports: "'));
});

test('ports that the wait needs are published too, each once', () => {
  const named = [{ containerPort: 80, protocol: 'tcp', hostPort: 8080 } as const];
  expect(withPorts(named, [80, 81, 81]).map(({ containerPort }) => containerPort)).toEqual([80, 81]);
});

test.each([
  [
    'postgres:16-alpine',
    { POSTGRES_USER: 'test', POSTGRES_PASSWORD: 'test', POSTGRES_DB: 'test' },
    'postgres://test:test@h:1/test',
  ],
  ['postgres', { POSTGRES_PASSWORD: 'p@ss/w:rd%' }, 'postgres://postgres:p%40ss%2Fw%3Ard%25@h:1/postgres'],
  ['registry.example:5000/team/postgis:16', { POSTGRES_USER: 'a@b' }, 'postgres://a%40b@h:1/a%40b'],
  ['redis:7-alpine', {}, 'redis://h:1'],
  ['redis', { REDIS_PASSWORD: 'secret' }, 'redis://:secret@h:1'],
  ['mysql:8', { MYSQL_ROOT_PASSWORD: 'r', MYSQL_DATABASE: 'shop' }, 'mysql://root:r@h:1/shop'],
  ['mariadb', { MARIADB_USER: 'u', MARIADB_PASSWORD: 'p', MARIADB_ROOT_PASSWORD: 'r' }, 'mysql://u:p@h:1'],
  ['mongo:7', { MONGO_INITDB_ROOT_USERNAME: 'u', MONGO_INITDB_ROOT_PASSWORD: 'p' }, 'mongodb://u:p@h:1'],
])('%s with %j is reached as %s', (image, env, expected) => {
  const known = knownImage(image, env);
  expect(known && dsn(known, 'h', 1)).toBe(expected);
});

test('an image whose registry or tag only looks like a database is not taken for one', () => {
  expect(knownImage('postgres.example/team/shop:redis', {})).toBeUndefined();
});

const here: Owner = { pid: '10', started: '500', host: 'box', boot: 'b1', namespace: 'n1' };
const running = (pids: Record<string, string>) => (pid: string) => pids[pid];
const from = (localDaemon: boolean, pids: Record<string, string> = {}) => ({
  here,
  localDaemon,
  startOf: running(pids),
});

test('O2: an owner is dead when its process is gone, or its number has been given to another', () => {
  const owner = { ...here, pid: '77', started: '123' };
  expect(isDead(owner, from(true))).toBe(true);
  expect(isDead(owner, from(true, { '77': '999' }))).toBe(true);
  expect(isDead(owner, from(true, { '77': '123' }))).toBe(false);
});

test('O2: a restart of the machine is proof only where the daemon runs on it', () => {
  const owner = { ...here, boot: 'b0' };
  expect(isDead(owner, from(true))).toBe(true);
  expect(isDead(owner, from(false))).toBe(false);
});

test('O2: an owner on another machine or in another process namespace is left alone', () => {
  expect(isDead({ ...here, host: 'other', pid: '77' }, from(true))).toBe(false);
  expect(isDead({ ...here, namespace: 'n2', pid: '77' }, from(true))).toBe(false);
});

test('O1: labels name the run and its owner, and only complete ones are believed', () => {
  const labels = ownerLabels('run-1', here);
  expect(ownerOf(labels)).toEqual(here);
  expect(ownerOf({ 'testmesh.run': 'run-1' })).toBeUndefined();
  expect(deadRuns([{ Labels: labels }, { Labels: { ...labels } }, { Labels: null }, {}], from(true))).toEqual([
    'run-1',
  ]);
  expect(deadRuns([{ Labels: labels }], from(true, { '10': '500' }))).toEqual([]);
});

test('this process is alive by its own measure', () => {
  const owner = thisProcess();
  expect(isDead(owner, { here: owner, localDaemon: true, startOf: startOfProcess })).toBe(false);
});

test('a container knows itself by what Docker mounts into it; a host with containers does not', () => {
  const id = 'a'.repeat(64);
  const inside = `1 2 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n`;
  const host = `1 2 8:1 / /var/lib/docker/containers/${id}/mounts/shm rw - tmpfs shm rw\n`;
  expect(ownContainer(inside, 'renamed')).toBe(id);
  expect(ownContainer(host, 'my-laptop')).toBeUndefined();
  expect(ownContainer('', '0123456789ab')).toBe('0123456789ab');
});

test('PostgreSQL is ready when it asks for a password, not while it starts', () => {
  const error = (fields: string): Buffer => {
    const body = Buffer.from(`${fields}\0`);
    const head = Buffer.alloc(5);
    head.write('E');
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  expect(postgresAnswer(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 10]))).toEqual({ ready: true });
  expect(postgresAnswer(error('SFATAL\0C57P03\0Mthe database system is starting up\0'))).toEqual({
    ready: false,
    seen: 'the database system is starting up (57P03)',
  });
  expect(postgresAnswer(error('SFATAL\0C28000\0Mno entry in pg_hba.conf\0'))).toEqual({ ready: true });
  expect(postgresAnswer(Buffer.from('HTTP/1.1 400')).ready).toBe(false);
  expect(startupMessage('u', 'd').readInt32BE(0)).toBe(startupMessage('u', 'd').length);
});

test('Redis is ready when it answers or asks who we are, not while it loads', () => {
  expect(redisAnswer('+PONG\r\n').ready).toBe(true);
  expect(redisAnswer('-NOAUTH Authentication required.\r\n').ready).toBe(true);
  expect(redisAnswer('-LOADING Redis is loading the dataset in memory\r\n').ready).toBe(false);
});

test('a registry that cannot be reached and an image it does not have are told apart', () => {
  const unreachable = notPulled(
    'a:1',
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
  );
  expect(unreachable.message).toContain('its registry could not be reached');
  expect(notPulled('a:1', 'manifest for a:1 not found: manifest unknown').message).toContain(
    'its registry has no image a:1',
  );
});

test('what Docker refuses for a reason of its own is told in its words; what is no answer of Docker is thrown on', async () => {
  const refused = Object.assign(new Error('(HTTP code 500) server error'), {
    statusCode: 500,
    json: { message: 'disk full' },
  });
  expect(await carriedOut(() => Promise.reject(refused))).toEqual({
    kind: 'not-carried-out',
    code: 'TM4510',
    reason: 'Docker refused: disk full',
  });
  const ours = new Error('ours');
  await expect(carriedOut(() => Promise.reject(ours))).rejects.toBe(ours);
});

test.each([
  ['postgres', 'postgres:latest'],
  ['registry:5000/a', 'registry:5000/a:latest'],
  ['a:1', 'a:1'],
  ['a@sha256:0', 'a@sha256:0'],
])('%s is pulled as %s', (image, tagged) => {
  expect(withTag(image)).toBe(tagged);
});

test.each([
  ['redis-server --save "" --appendonly yes', ['redis-server', '--save', '', '--appendonly', 'yes']],
  [`sh -c 'echo "a b"'`, ['sh', '-c', 'echo "a b"']],
  ['a\\ b c"d e"', ['a b', 'cd e']],
])('the command %s has the words %j', (command, expected) => {
  expect(words(command)).toEqual(expected);
});

test('a log is read piece by piece, and as it is when it comes from a terminal', () => {
  const piece = (text: string): Buffer => {
    const head = Buffer.alloc(8);
    head[0] = 1;
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  expect(logText(Buffer.concat([piece('one\n'), piece('two\n')]))).toBe('one\ntwo\n');
  expect(logText(Buffer.from('plain text of a terminal'))).toBe('plain text of a terminal');
});

test('the container is asked for as configured', () => {
  const config = dockerRunSchema.config.parse({
    image: 'redis:7-alpine',
    network: 'testmesh',
    env: { A: 1, B: true },
    command: 'redis-server --save ""',
    volumes: ['./data:/data:ro', 'cache:/cache'],
    memory: '64MiB',
    cpus: 0.5,
  });
  const labels = { 'testmesh.run': 'r' };
  const port = { containerPort: 6379, protocol: 'tcp', hostPort: 0 } as const;
  expect(
    containerSpec(config, { name: 'n', labels, publications: [port], networkId: 'abc', hostIp: '127.0.0.1' }),
  ).toMatchObject({
    name: 'n',
    Image: 'redis:7-alpine',
    Labels: labels,
    Env: ['A=1', 'B=true'],
    Cmd: ['redis-server', '--save', ''],
    ExposedPorts: { '6379/tcp': {} },
    HostConfig: {
      NetworkMode: 'abc',
      Memory: 67_108_864,
      NanoCpus: 500_000_000,
      PortBindings: { '6379/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] },
      Mounts: [
        { Type: 'bind', Target: '/data', ReadOnly: true },
        { Type: 'volume', Source: 'cache', Target: '/cache', ReadOnly: false },
      ],
    },
  });
});
