import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createClient } from '@testmesh/client';
import { startCluster } from '../../tools/cluster/cluster.ts';
import { kafkaOutage } from '../../tools/cluster/kafka-outage.ts';
import { pausingFlow, runRemotely } from '../../tools/cluster/remote-run.ts';
import type { Cluster } from '../../tools/cluster/vocabulary.ts';
import { describeWith } from '../../tools/testing/real.ts';

// The platform as processes over servers of its own, which are killed here. The order matters: later tests find the
// cluster as earlier ones leave it, whole again.

// Whole processes on a busy machine.
jest.setTimeout(180_000);

/** The journal is looked at once a second where no hint comes; the rest is for a busy machine. */
const WITHOUT_HINTS_MS = 10_000;

describeWith('kafka', 'a cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ copies: { api: 2, scheduler: 2 }, bundled: true, ownOnly: true });
  });
  afterAll(() => cluster?.stop());

  const replicas = (): [string, string] => {
    const [askAt = '', followAt = ''] = cluster.urls();
    return [askAt, followAt];
  };
  const runOnBoth = (definition: string) => {
    const [askAt, followAt] = replicas();
    return runRemotely(cluster, { definition, askAt, followAt });
  };
  const client = () => createClient({ url: replicas()[0], apiKey: cluster.key });

  test('answers for the health of each of its services', async () => {
    for (const { service, health } of cluster.members()) {
      for (const path of ['/health/live', '/health/ready']) {
        const response = await fetch(`${health}${path}`);
        expect([service, response.status, await response.json()]).toEqual([service, 200, { service, status: 'ok' }]);
      }
    }
  });

  test('shows a run live on the replica that it was not asked for at', async () => {
    const run = await runOnBoth(pausingFlow('replicas', 4, 150));
    expect(run.verdict).toBe('passed');
    // Followed as it happened, not read when it was over.
    expect(run.slowestEventMs).toBeLessThan(run.tookMs);
  });

  test('two schedulers fire each slot once, and the other one goes on when one is killed', async () => {
    const [first] = cluster.members('scheduler');
    const { data: flow } = await client().POST('/api/v1/flows', { body: { yaml: pausingFlow('tick', 1, 1) } });
    const { data: schedule } = await client().POST('/api/v1/schedules', {
      body: { name: 'every second', flow_id: flow?.id ?? '', cron: '* * * * * *', overlap: 'allow', misfire: 'all' },
    });
    const params = { path: { id: schedule?.id ?? '' } };
    const fired = async () => {
      const { data } = await client().GET('/api/v1/schedules/{id}/runs', {
        params: { ...params, query: { limit: 200 } },
      });
      return data?.runs ?? [];
    };
    while ((await fired()).length < 4) await sleep(200);
    await first?.kill('SIGKILL');
    const soFar = (await fired()).length;
    while ((await fired()).length < soFar + 4) await sleep(200);
    await client().POST('/api/v1/schedules/{id}/pause', { params });
    const runs = await fired();
    const slots = runs.map(({ scheduled_at }) => Date.parse(scheduled_at) / 1000).sort((a, b) => a - b);
    const everySecond = slots.map((_, at) => (slots[0] ?? 0) + at);
    expect(slots).toEqual(everySecond);
    expect(new Set(runs.map(({ execution_id }) => execution_id)).size).toBe(runs.length);
    await cluster.start('scheduler');
  });

  test('losing Redis costs latency only, and it comes back by itself', async () => {
    const { redis } = cluster.servers;
    redis?.signal('SIGKILL');
    const without = await runOnBoth(pausingFlow('without-redis', 4, 150));
    expect(without.verdict).toBe('passed');
    expect(without.slowestEventMs).toBeLessThan(WITHOUT_HINTS_MS);
    await redis?.restart();
    const again = await runOnBoth(pausingFlow('redis-again', 4, 150));
    expect(again.verdict).toBe('passed');
  });

  test('losing Kafka delays what is sent on and nothing else; then it arrives, once by position and in order', async () => {
    const { runs, relayed } = await kafkaOutage(cluster, { downMs: 5_000, everyMs: 700 });
    expect(runs.length).toBeGreaterThan(3);
    for (const run of runs) {
      expect(run.verdict).toBe('passed');
      expect(run.slowestEventMs).toBeLessThan(WITHOUT_HINTS_MS);
    }
    expect(relayed).toMatchObject({ delivered: relayed.inJournal, early: 0, foreign: 0 });
  });

  test('a scheduler starts while Kafka is away', async () => {
    const { kafka } = cluster.servers;
    kafka?.signal('SIGKILL');
    const late = await cluster.start('scheduler');
    expect(late.lines().join('\n')).toContain('Kafka cannot be reached, nothing is sent on until it can');
    expect((await fetch(`${late.health}/health/ready`)).status).toBe(200);
    expect((await late.kill('SIGTERM')).code).toBe(0);
  });
});
