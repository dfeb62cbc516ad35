import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { startFaultProxy } from '@testmesh/testing/fault-proxy';
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
} from '../tools/testing/certificates.ts';
import { describeWith } from '../tools/testing/real.ts';
import { startTarget, type Target } from './support/platform.ts';
import {
  agentCommand,
  listeningSockets,
  type RunningAgent,
  type SiteServer,
  startAgent,
  startConnectProxy,
  startHttp2Front,
  startSiteServer,
} from './support/site-agent.ts';

// Agents as processes, killed, revoked and cut off while they work: every run ends once, and what may happen only once
// happens once.

jest.setTimeout(300_000);

const END_MS = 200_000;

describeWith('postgres', 'site agents', (postgres) => {
  let server: SiteServer;
  let target: Target;
  let folder: string;
  const agents: RunningAgent[] = [];

  const start = async (): Promise<void> => {
    target = await startTarget();
    folder = await mkdtemp(join(tmpdir(), 'site-agent-'));
    server = await startSiteServer(postgres);
  };
  let started: Promise<void> | undefined;
  /** Side by side, for they wait most of their time; the first one starts the server. Each has agents and pools of its own. */
  const sideBySide = (name: string, work: () => Promise<void>): void =>
    test.concurrent(name, async () => {
      started ??= start();
      await started;
      await work();
    });

  afterAll(async () => {
    for (const agent of agents) agent.signal('SIGKILL');
    await Promise.all(agents.map(({ ended }) => ended));
    await server?.stop();
    await target?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const agent = async (token: string, env: Readonly<Record<string, string>>): Promise<RunningAgent> => {
    const started = await startAgent({
      ...{ TESTMESH_SERVER: server.url, TESTMESH_AGENT_TOKEN: token, TESTMESH_LEASE_MS: '15000', TESTMESH_SLOTS: '4' },
      ...env,
    });
    agents.push(started);
    return started;
  };

  const step = (id: string, path: string): string =>
    `    - { id: ${id}, action: http_request, config: { method: POST, url: "${target.url}${path}" }, assert: [status == 200] }\n`;
  const pause = (id: string, ms: number): string =>
    `    - { id: ${id}, action: delay, config: { duration: ${ms}ms } }\n`;

  /** Three requests that may be sent once each, with pauses between them. */
  const request = async (name: string, pool: string, pauseMs = 4000): Promise<string> => {
    const steps = ['a', 'b', 'c'].map((id) => `${step(id, `/${name}/${id}`)}${pause(`after_${id}`, pauseMs)}`).join('');
    const definition = `flow:\n  name: ${name}\n  steps:\n${steps}`;
    return String((await server.api('POST', '/executions', { definition, pool }))['id']);
  };

  const ended = async (id: string): Promise<Readonly<Record<string, unknown>>> => {
    for (const until = Date.now() + END_MS; Date.now() < until; ) {
      const run = await server.api('GET', `/executions/${id}`);
      if (String(run['state']) === 'finished') return run;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const agentsSaid = agents.map(({ said }) => said().slice(-2000)).join('\n---\n');
    throw new Error(
      `${id} did not end: ${JSON.stringify(await server.api('GET', `/executions/${id}`))}\n${agentsSaid}`,
    );
  };

  const typesOf = async (id: string): Promise<readonly string[]> => {
    const { events } = (await server.api('GET', `/executions/${id}/events?limit=200`)) as {
      readonly events: readonly { readonly type: string }[];
    };
    return events.map(({ type }) => type);
  };

  const sent = (name: string): readonly string[] =>
    target.seen.map(({ line }) => line).filter((line) => line.startsWith(`POST /${name}/`));
  const arrived = async (name: string, count: number): Promise<void> => {
    while (sent(name).length < count) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  const expectOnce = async (name: string, id: string): Promise<void> => {
    const types = await typesOf(id);
    expect(types.filter((type) => type === 'RunCompleted')).toHaveLength(1);
    expect(sent(name)).toEqual([...new Set(sent(name))]);
  };

  sideBySide('an agent listens nowhere, and gives its runs back in good order when it is told to stop', async () => {
    const { token } = await server.agent('leaving', ['leaving']);
    const leaving = await agent(token, { TESTMESH_POOLS: 'leaving', TESTMESH_DRAIN_MS: '0' });
    const id = await request('leaving', 'leaving');
    while (!(await typesOf(id)).includes('StepCompleted')) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(listeningSockets(leaving.pid)).toEqual([]);
    leaving.signal('SIGTERM');
    expect(await leaving.ended).toBe(0);
    expect(await typesOf(id)).toContain('RunReleased');
    await agent(token, { TESTMESH_POOLS: 'leaving' });
    expect(await ended(id)).toMatchObject({ verdict: 'passed' });
    await expectOnce('leaving', id);
  });

  sideBySide('SIGKILL with runs in hand: each ends once on another agent, and no POST is sent twice', async () => {
    const killed = await agent((await server.agent('killed', ['kill'])).token, { TESTMESH_POOLS: 'kill' });
    const names = ['kill-0', 'kill-1', 'kill-2'];
    const ids = await Promise.all(names.map((name) => request(name, 'kill')));
    await Promise.all(names.map((name) => arrived(name, 1)));
    killed.signal('SIGKILL');
    await agent((await server.agent('rescuer', ['kill'])).token, { TESTMESH_POOLS: 'kill' });
    for (const [at, id] of ids.entries()) {
      const run = await ended(id);
      expect(String(run['executor'])).toMatch(/^agent:rescuer\//);
      // A POST that was under way is not repeated; it is said that nobody knows what became of it.
      if (run['verdict'] !== 'passed') expect(await typesOf(id)).toContain('StepOutcomeUnknown');
      await expectOnce(names[at] ?? '', id);
    }
  });

  sideBySide(
    'a revoked agent ends, and its run goes on elsewhere at once, long before its lease would have ended',
    async () => {
      const { id: agentId, token } = await server.agent('revoked', ['revoke']);
      const revoked = await agent(token, { TESTMESH_POOLS: 'revoke', TESTMESH_LEASE_MS: '600000' });
      const id = await request('revoke', 'revoke');
      await arrived('revoke', 1);
      await server.api('DELETE', `/agents/${agentId}`);
      await agent((await server.agent('heir', ['revoke'])).token, { TESTMESH_POOLS: 'revoke' });
      expect(await revoked.ended).toBe(4);
      expect(revoked.said()).toContain('was revoked');
      expect(await ended(id)).toMatchObject({ executor: expect.stringMatching(/^agent:heir\//) });
      await expectOnce('revoke', id);
    },
  );

  sideBySide(
    'a server that cannot be reached for 20 s in the middle of a run loses nothing of it and doubles nothing',
    async () => {
      const proxy = await startFaultProxy({ port: server.port });
      const { token } = await server.agent('offline', ['offline']);
      const offline = await agent(token, {
        TESTMESH_SERVER: `http://127.0.0.1:${proxy.port}`,
        TESTMESH_POOLS: 'offline',
        TESTMESH_LEASE_MS: '90000',
      });
      const id = await request('offline', 'offline', 3000);
      await arrived('offline', 1);
      proxy.loseAnswers(2);
      proxy.blackHole();
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      expect(sent('offline').length).toBeLessThan(3);
      proxy.cut();
      proxy.heal();
      const run = await ended(id);
      expect(run).toMatchObject({ verdict: 'passed', executor: expect.stringMatching(/^agent:offline\//) });
      const types = await typesOf(id);
      expect(types.filter((type) => type === 'RunClaimed')).toHaveLength(1);
      expect(types.filter((type) => type === 'StepCompleted')).toHaveLength(6);
      expect(sent('offline')).toEqual(['a', 'b', 'c'].map((path) => `POST /offline/${path}`));
      expect(offline.said()).toContain('the server answers again');
      offline.signal('SIGTERM');
      expect(await offline.ended).toBe(0);
      await proxy.close();
    },
  );

  sideBySide(
    'through a proxy that asks for a password, HTTP/2 over TLS of an authority of our own, and a certificate of ours',
    async () => {
      await using proxy = await startConnectProxy('site:let-me-out');
      await using front = await startHttp2Front(server.port, {
        ...{ cert: serverCertificate, key: serverKey, ca: authority, requestCert: true, rejectUnauthorized: true },
      });
      const files = { ca: authority, cert: clientCertificate, key: clientKey };
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      const { token } = await server.agent('far', ['far']);
      const way = {
        TESTMESH_SERVER: `https://server.test:${front.port}`,
        TESTMESH_AGENT_TOKEN: token,
        TESTMESH_POOLS: 'far',
        HTTPS_PROXY: `http://site:let-me-out@127.0.0.1:${proxy.port}`,
        TESTMESH_CA_FILE: join(folder, 'ca'),
        TESTMESH_CLIENT_CERT_FILE: join(folder, 'cert'),
        TESTMESH_CLIENT_KEY_FILE: join(folder, 'key'),
      };
      const well = await agentCommand('doctor', way);
      expect(well).toMatchObject({ code: 0 });
      expect(well.said.split('\n').map((line) => line.slice(0, 14).trim())).toEqual(
        ['dns', 'tcp', 'proxy', 'tls', 'token', 'pools', 'clock'].map((name) => `ok    ${name}`).concat(''),
      );
      expect(well.said).toMatch(/^ok {4}tls {6}TLSv1\.3 and HTTP\/2, certificate of server\.test/m);
      const far = await agent(token, way);
      const before = proxy.connections();
      const id = await request('far', 'far', 10);
      expect(await ended(id)).toMatchObject({ verdict: 'passed' });
      expect(before).toBeGreaterThan(0);
      expect(front.connections()).toBeGreaterThan(0);
      expect(listeningSockets(far.pid)).toEqual([]);

      const told = async (more: Readonly<Record<string, string>>) => agentCommand('doctor', { ...way, ...more });
      expect(await told({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })).toMatchObject({
        code: 1,
        said: expect.stringMatching(/FAIL {2}proxy .* 407\n.*http:\/\/user:password@proxy/),
      });
      expect(await told({ TESTMESH_CA_FILE: '' })).toMatchObject({
        code: 1,
        said: expect.stringMatching(/FAIL {2}tls .*\n.*--ca-file/),
      });
      expect(await told({ TESTMESH_AGENT_TOKEN: `tm_agent_${'0'.repeat(48)}` })).toMatchObject({
        code: 1,
        said: expect.stringMatching(/FAIL {2}token .*not known.*\n.*testmesh agent rotate/),
      });
      expect(await told({ TESTMESH_POOLS: 'far,near' })).toMatchObject({
        code: 1,
        said: expect.stringMatching(/FAIL {2}pools .*the pool near.*\n.*testmesh agent create/),
      });
      expect(await told({ TESTMESH_CLIENT_CERT_FILE: '', TESTMESH_CLIENT_KEY_FILE: '' })).toMatchObject({
        code: 1,
        said: expect.stringMatching(/FAIL {2}tls .*\n.*--client-cert-file/),
      });
    },
  );
});
