import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { RunEvent } from '@testmesh/domain';
import { RemoteEnvironments } from '@testmesh/journal-remote';
import type { ClaimedRun } from '@testmesh/ports';
import { describeWith } from '../../../../tools/testing/real.ts';
import { failed, PING, started, stepFailed, stepStarted } from '../testing/flows.ts';
import { type AgentWorld, startAgentWorld, type TestAgent, told } from './agents.fixture.ts';

jest.setTimeout(120_000);

const SECRET = 'vault-9f31-kept';
/** How an environment for `pr-9` is made. */
const REVIEW = {
  ...{ name: 'PR 9', context: 'pr-9', cluster: 'default', provider: 'argocd', namespace: 'review-9' },
  ...{ ttlMinutes: 60, readyWithinMinutes: 5, services: [], routingPolicy: {}, settings: {} },
};
const wanted = (pools: readonly string[]) => ({ executor: '', pools, slots: 5, leaseMs: 60_000 });

describeWith('postgres', 'site agents', (postgres) => {
  let at: AgentWorld;
  beforeAll(async () => {
    at = await startAgentWorld(postgres);
  });
  afterAll(async () => {
    expect(at.world.api.failures).toEqual([]);
    await at.close();
  });

  const request = async (pool: string, more: object = {}): Promise<string> => {
    const { status, body } = await at.ask('POST', '/executions', { definition: PING, pool, ...more });
    expect(status).toBe(201);
    return String(body['id']);
  };

  /** An agent with one run of a pool of its own in hand. */
  const holding = async (name: string, more: object = {}): Promise<{ agent: TestAgent; run: ClaimedRun }> => {
    const agent = await at.agent(name, [name]);
    const runId = await request(name, more);
    const [run] = await agent.runs.claim(wanted([name]));
    expect(run?.runId).toBe(runId);
    return { agent, run: run as ClaimedRun };
  };
  const history = async (runId: string) => {
    const events = [];
    for await (const event of at.world.storage.journal.read(`run-${runId}`)) events.push(event);
    return events;
  };
  const typesOf = async (runId: string) => (await history(runId)).map(({ type }) => type);
  const append = (agent: TestAgent, run: ClaimedRun, ...events: readonly RunEvent[]) =>
    agent.runs.append(`run-${run.runId}`, run.ver, run.epoch, told(run, 1, ...events));

  test('a run goes from its claim to its end, told by the agent under the name the server gave it', async () => {
    const { agent, run } = await holding('whole');
    const inputs = await agent.runs.of(run.runId);
    expect([...inputs.keys()]).toEqual(['inputs']);
    expect(agent.runs.outbound).toEqual({ allow: null, deny: [] });
    const read = [];
    for await (const event of agent.runs.read(`run-${run.runId}`)) read.push(event.type);
    expect(read).toEqual(['RunRequested', 'RunClaimed']);
    expect(await append(agent, run, started, stepStarted)).toEqual({ outcome: 'applied', ver: 4 });
    expect(await agent.runs.heartbeat('', [run], 60_000)).toEqual([{ runId: run.runId, epoch: 1, lease: 'held' }]);
    const last = told(run, 3, stepFailed, failed);
    expect(await agent.runs.append(`run-${run.runId}`, 4, run.epoch, last)).toEqual({ outcome: 'applied', ver: 6 });
    // The answer was lost: the run has ended, and the agent holds it no more.
    expect(await agent.runs.append(`run-${run.runId}`, 4, run.epoch, last)).toEqual({
      outcome: 'already_applied',
      ver: 6,
    });
    const { body } = await at.ask('GET', `/executions/${run.runId}`);
    expect(body).toMatchObject({ status: 'failed', executor: 'agent:whole/host-1' });
    expect((await history(run.runId)).slice(2).map(({ actor }) => actor)).toEqual(Array(4).fill('agent:whole/host-1'));
  });

  test('an agent gets runs of its own workspace and pools, and asks for no others', async () => {
    const other = await at.world.workspace('two');
    const theirs = await at.agent('theirs', ['shared'], await at.world.headersOf(other));
    const own = await at.agent('own', ['shared']);
    const runId = await request('shared');
    await request('elsewhere');
    expect(await theirs.runs.claim(wanted(['shared']))).toEqual([]);
    await expect(own.runs.claim(wanted(['shared', 'elsewhere']))).rejects.toThrow('the pool elsewhere');
    expect((await own.runs.claim(wanted(['shared']))).map((run) => run.runId)).toEqual([runId]);
  });

  test('a claim whose answer was lost is answered again, and once', async () => {
    const agent = await at.agent('forgetful', ['forgetful']);
    const runId = await request('forgetful');
    const body = { pools: ['forgetful'], slots: 1, lease_ms: 60_000, wait_ms: 0, known: [] };
    expect((await agent.send('POST', '/claims', body)).body).toMatchObject({ runs: [{ run_id: runId, epoch: 1 }] });
    expect(await agent.runs.claim(wanted(['forgetful']))).toMatchObject([{ runId, epoch: 1, attempt: 1, ver: 2 }]);
    expect(await agent.runs.claim(wanted(['forgetful']))).toEqual([]);
  });

  test('a claim waits for a run and is answered when there is one', async () => {
    const agent = await at.agent('patient', ['patient']);
    const body = { pools: ['patient'], slots: 1, lease_ms: 60_000, wait_ms: 20_000, known: [] };
    const claimed = agent.send('POST', '/claims', body);
    const runId = await request('patient');
    expect((await claimed).body).toMatchObject({ runs: [{ run_id: runId }] });
  });

  describe('an agent that lies', () => {
    test('writes, reads and keeps nothing of a run that another one holds', async () => {
      const { agent: owner, run } = await holding('owner');
      const liar = await at.agent('liar', ['owner', 'liar']);
      expect(await append(liar, run, started)).toEqual({ outcome: 'fenced', epoch: 2 });
      expect(await typesOf(run.runId)).toEqual(['RunRequested', 'RunClaimed']);
      const path = `/runs/${run.runId}`;
      const asked: [string, string, object?][] = [
        ['GET', `${path}/events?epoch=1`],
        ['GET', `${path}/inputs?epoch=1`],
        ['PUT', `${path}/inputs`, { epoch: 1, name: 'needles', value: '[]' }],
        ['POST', `${path}/blobs`, { epoch: 1, base64: 'aGk=' }],
        ['GET', `/blobs/${String((await history(run.runId))[0]?.data['bundle'])}`],
      ];
      for (const [method, where, body] of asked) {
        expect([where, (await liar.send(method, where, body)).status]).toEqual([where, 404]);
      }
      expect((await liar.send('POST', `${path}/release`, { epoch: 1, reason: 'mine' })).body).toEqual({
        released: false,
      });
      expect(await liar.runs.heartbeat('', [run], 60_000)).toMatchObject([{ lease: 'lost' }]);
      expect(await append(owner, run, started)).toMatchObject({ outcome: 'applied' });
    });

    test('is refused with facts that no executor tells, and with facts that are none', async () => {
      const { agent, run } = await holding('malformed');
      const other = { ...run, runId: '019aa000-0000-7000-8000-000000000009' };
      const wrong: [string, readonly object[], RegExp][] = [
        ['a fact of the queue', told(run, 1, { type: 'RunUnparked', by: 'me' }), /no executor tells RunUnparked/],
        ['no verdict', told(run, 1, { ...failed, verdict: 'splendid' } as never), /RunCompleted at verdict/],
        ['another stream', told(other, 1, started), /says that it belongs to run-019aa000/],
        ['another workspace', told({ ...run, workspace: 'theirs' }, 1, started), /names the workspace theirs/],
        ['a higher epoch', told({ ...run, epoch: 9 }, 1, started), /claims the epoch 9/],
        ['a newer version', told(run, 1, started).map((event) => ({ ...event, sv: 99 })), /came as version 99/],
        ['no fact at all', [{ hello: 'world' }], /the events at 0/],
      ];
      for (const [what, events, why] of wrong) {
        const body = { batches: [{ run_id: run.runId, epoch: 1, expected_ver: 2, events: JSON.stringify(events) }] };
        const { results } = (await agent.send('POST', '/appends', body)).body as { results: readonly Answer[] };
        expect([what, results[0]]).toEqual([what, { outcome: 'refused', reason: expect.stringMatching(why) }]);
      }
      const deep = `${'['.repeat(2000)}${']'.repeat(2000)}`;
      const body = { batches: [{ run_id: run.runId, epoch: 1, expected_ver: 2, events: deep }] };
      expect((await agent.send('POST', '/appends', body)).body).toMatchObject({
        results: [{ outcome: 'refused', reason: expect.stringContaining('nest too deep') }],
      });
      expect(await typesOf(run.runId)).toHaveLength(2);
    });

    test('stores nothing that no shape names, and shows no secret, in a fact or in a body', async () => {
      const { agent, run } = await holding('leaky', { variables: { TOKEN: SECRET }, secret_names: ['TOKEN'] });
      const leaking = {
        ...stepFailed,
        output: { status: 500, body: `token=${SECRET}` },
        captured: { code: SECRET },
        surplus: SECRET,
      } as unknown as RunEvent;
      expect(await append(agent, run, started, stepStarted, leaking)).toMatchObject({ outcome: 'applied' });
      const stored = JSON.stringify(await history(run.runId));
      expect(stored).toContain('token=***');
      expect(stored).not.toContain(SECRET);
      await agent.runs.keep(run.runId, 'needles', '["learnt-on-the-way"]');
      const again = told(run, 9, { ...stepFailed, output: { body: 'learnt-on-the-way' } } as RunEvent);
      expect(await agent.runs.append(`run-${run.runId}`, 5, run.epoch, again)).toMatchObject({ outcome: 'applied' });
      expect(JSON.stringify(await history(run.runId))).not.toContain('learnt-on-the-way');
      const inName = told(run, 11, { ...stepStarted, path: `loop/${SECRET}` } as RunEvent);
      expect(await agent.runs.append(`run-${run.runId}`, 6, run.epoch, inName)).toMatchObject({ outcome: 'fenced' });
      expect(agent.refused).toEqual(['StepStarted shows what the run keeps secret in a name or a path']);
      await expect(agent.runs.putBlob(run.runId, Buffer.from(`x${SECRET}y`))).rejects.toThrow('keeps secret');
      await expect(agent.runs.keep(run.runId, 'inputs', '{}')).rejects.toThrow('nothing is kept');
    });

    test('names no body that nobody put for its run', async () => {
      const { agent, run } = await holding('bodies');
      const foreign = await at.world.storage.blobs.put(Buffer.from('of somebody else'));
      const naming = (hash: string) => ({ ...stepFailed, output: { $blob: hash, size: 16, preview: '' } }) as RunEvent;
      expect(await append(agent, run, naming(foreign))).toEqual({ outcome: 'fenced', epoch: 2 });
      expect(agent.refused).toEqual([expect.stringContaining('which nobody put for this run')]);
      expect(await agent.runs.getBlob(foreign)).toBeUndefined();
      const own = await agent.runs.putBlob(run.runId, Buffer.from('of this run'));
      expect(await append(agent, run, naming(own))).toMatchObject({ outcome: 'applied' });
      expect(Buffer.from((await agent.runs.getBlob(own)) ?? []).toString()).toBe('of this run');
    });

    test('is told that it sends too much', async () => {
      const { agent, run } = await holding('large');
      const batch = { run_id: run.runId, epoch: 1, expected_ver: 2, events: 'x'.repeat(6_100_000) };
      expect((await agent.send('POST', '/appends', { batches: [batch] })).status).toBe(413);
      const base64 = Buffer.alloc(6_100_000).toString('base64');
      expect((await agent.send('POST', `/runs/${run.runId}/blobs`, { epoch: 1, base64 })).status).toBe(413);
    });
  });

  test('a batch that one request cannot carry goes in several, and is recognised when it is repeated', async () => {
    const { agent, run } = await holding('big');
    const text = 'y'.repeat(1_500_000);
    const events = Array.from({ length: 5 }, (_, nth): RunEvent => ({ type: 'SourceRecorded', file: `f${nth}`, text }));
    expect(await append(agent, run, ...events)).toEqual({ outcome: 'applied', ver: 7 });
    expect(await append(agent, run, ...events)).toEqual({ outcome: 'already_applied', ver: 7 });
    const read = [];
    for await (const event of agent.runs.read(`run-${run.runId}`, 2)) read.push(event.data['file']);
    expect(read).toEqual(['f0', 'f1', 'f2', 'f3', 'f4']);
  });

  test('a run has its test environment through its agent, and nobody else has anything of it', async () => {
    const asking = { test_environment: { context: 'pr-9' } };
    const { agent, run } = await holding('entering', asking);
    const environments = new RemoteEnvironments(agent.runs);
    const acquire = { run: run.runId, workspace: 'theirs', context: 'pr-9', onBusy: 'wait', leaseMs: 60_000 } as const;
    const ask = () => environments.acquire({ ...acquire, waitMs: 10_000, environment: { id: 'pr-9-a', spec: REVIEW } });
    const kept = at.world.storage.testEnvironments;
    expect(await ask()).toEqual({ outcome: 'waiting', id: 'pr-9-a', status: 'cold' });
    expect(await kept.find('pr-9-a')).toMatchObject({ workspace: at.workspace });
    const answer = ask();
    for (const type of ['StartProvisioning', 'ReportHealthy'] as const) await kept.request('pr-9-a', { type });
    const entered = await answer;
    expect(entered.outcome === 'waiting' ? await ask() : entered).toMatchObject({ outcome: 'acquired', epoch: 1 });
    expect((await environments.list({ workspace: '', context: 'pr-9', limit: 5, offset: 0 })).total).toBe(1);

    const lease = { id: 'pr-9-a', run: run.runId, epoch: 1 };
    const { agent: liar, run: other } = await holding('intruder');
    const path = `/runs/${run.runId}/environment`;
    const body = { epoch: 1, environment: 'pr-9-a', environment_epoch: 1 };
    expect((await liar.send('POST', `${path}/lease`, { ...body, lease_ms: 1000 })).status).toBe(404);
    expect((await liar.send('POST', `${path}/release`, { ...body, reason: 'mine' })).status).toBe(404);
    expect((await liar.send('DELETE', `${path}?epoch=1`)).status).toBe(404);
    await expect(new RemoteEnvironments(liar.runs).find('pr-9-a')).rejects.toThrow('asks for a test environment');
    const own = { ...acquire, run: other.runId, waitMs: 10_000, environment: { id: 'pr-9-b' } };
    await expect(new RemoteEnvironments(liar.runs).acquire(own)).rejects.toThrow('asks for a test environment');
    const theirs = await at.agent('stranger', ['strange'], await at.world.headersOf(await at.world.workspace('three')));
    await expect(new RemoteEnvironments(theirs.runs).find('pr-9-a')).rejects.toThrow('asks for a test environment');

    expect(await environments.extend(lease, 60_000)).toBe(true);
    expect(await append(agent, run, started, failed)).toMatchObject({ outcome: 'applied' });
    expect(await environments.release(lease, 'the run has ended')).toBe(true);
    expect((await kept.find('pr-9-a'))?.state).toMatchObject({ status: 'cooling' });
  });

  test('a revoked agent is fenced at once, and its runs wait for others', async () => {
    const { agent, run } = await holding('revoked');
    const waiting = agent.send('POST', '/claims', {
      ...{ pools: ['revoked'], slots: 1, lease_ms: 60_000, wait_ms: 20_000 },
      known: [{ run_id: run.runId, epoch: run.epoch }],
    });
    expect((await at.ask('DELETE', `/agents/${agent.id}`)).status).toBe(204);
    expect(await append(agent, run, started)).toEqual({ outcome: 'fenced', epoch: 2 });
    expect(await agent.runs.heartbeat('', [run], 60_000)).toMatchObject([{ lease: 'lost' }]);
    expect((await waiting).status).toBe(401);
    await expect(agent.runs.claim(wanted(['revoked']))).rejects.toThrow('was revoked');
    // The claim that waited may have had it for a moment, and given it back.
    expect((await typesOf(run.runId)).at(-1)).toBe('RunReleased');
    const next = { executor: 'server', pools: ['revoked'], slots: 1, leaseMs: 60_000 };
    expect(await at.world.storage.queue.claim(next)).toMatchObject([{ runId: run.runId }]);
    expect((await at.ask('DELETE', `/agents/${agent.id}`)).status).toBe(409);
  });

  test('a rotated token goes on for the time that it was left, and no longer', async () => {
    const agent = await at.agent('rotated', ['rotated']);
    const rotated = await at.ask('POST', `/agents/${agent.id}/rotate`, { overlap_seconds: 3600 });
    expect(rotated.status).toBe(201);
    expect(await agent.runs.claim(wanted(['rotated']))).toEqual([]);
    expect((await at.ask('POST', `/agents/${agent.id}/rotate`, { overlap_seconds: 0 })).status).toBe(201);
    await expect(agent.runs.claim(wanted(['rotated']))).rejects.toThrow('was revoked');
  });

  test('people see who comes and what it says of itself, and no token', async () => {
    const agent = await at.agent('seen', ['seen']);
    const said = {
      protocol: 1,
      version: '1.2.3',
      host: 'rack-7',
      slots: 3,
      pools: ['seen'],
      labels: { site: 'berlin' },
    };
    expect((await agent.send('POST', '/session', said)).body).toMatchObject({ agent: 'seen', pools: ['seen'] });
    expect((await agent.send('POST', '/session', { ...said, protocol: 99 })).status).toBe(422);
    const counts = { requests: 90, requests_failed: 4, memory_bytes: 5_000_000 };
    const figures = { started_at: 1, slots: 3, busy: 2, runs_ended: { passed: 7, timed_out: 1 }, ...counts };
    expect((await agent.send('POST', '/figures', { ...figures, busy: 3 })).status).toBe(204);
    expect((await agent.send('POST', '/figures', figures)).status).toBe(204);
    expect((await agent.send('POST', '/figures', { ...figures, surplus: 1 })).status).toBe(400);
    const { body } = await at.ask('GET', `/agents/${agent.id}`);
    expect(body['processes']).toEqual([{ ...figures, process: 'host-1', told_at: expect.any(String) }]);
    expect(await at.world.storage.figures.siteAgents()).toContainEqual({
      ...{ workspace: at.workspace, agent: 'seen', process: 'host-1', silentMs: expect.any(Number) },
      figures: expect.objectContaining({ busy: 2, runsEnded: figures.runs_ended }),
    });
    expect(body).toMatchObject({ version: '1.2.3', host: 'rack-7', slots: 3, labels: { site: 'berlin' } });
    expect(body['last_seen_at']).toEqual(expect.any(String));
    expect(JSON.stringify((await at.ask('GET', '/agents?limit=200')).body)).not.toContain(agent.token.slice(13));
    expect((await at.ask('POST', '/agents', { name: 'seen', pools: ['x'] })).status).toBe(409);
  });
});

type Answer = Readonly<Record<string, unknown>>;
