import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage, type Storage } from '@testmesh/service-kit';
import { effects, ends, order, outcomes, published, textOf, verdicts, views } from '@testmesh/testing/checkers';
import { ask, type Client, versionsOf } from '../../tools/chaos/api.ts';
import { storedFlow, storedRules } from '../../tools/chaos/flows.ts';
import { caughtUp, readBus, readStreams, readViews, rebuild } from '../../tools/chaos/gather.ts';
import { startWitness, type Witness } from '../../tools/chaos/witness.ts';
import { startCluster } from '../../tools/cluster/cluster.ts';
import type { Cluster, ServiceName } from '../../tools/cluster/vocabulary.ts';
import { describeWith } from '../../tools/testing/real.ts';

// A process is killed at each of the places between "done" and "known to be done", while work waits for it, and another one
// goes on.

jest.setTimeout(240_000);

const POINTS: readonly (readonly [ServiceName, string])[] = [
  ['executor', 'claim.beforeCommit'],
  ['executor', 'claim.afterCommit'],
  ['executor', 'append.beforeSend'],
  ['executor', 'append.afterCommit'],
  ['scheduler', 'relay.beforePublish'],
  ['scheduler', 'relay.beforeCheckpoint'],
  ['graph', 'projector.beforeCommit'],
  ['graph', 'projector.afterCommit'],
];
const RUNS_EACH = 3;

describeWith('postgres', 'a process that is killed', () => {
  describeWith('kafka', 'on purpose', () => {
    let cluster: Cluster;
    let witness: Witness;
    let client: Client;
    const runIds: string[] = [];

    beforeAll(async () => {
      witness = await startWitness();
      const env = { TESTMESH_OUTBOUND_ALLOW: '127.0.0.1', TESTMESH_LEASE_MS: '3000' };
      cluster = await startCluster({ copies: { 'env-manager': 0 }, with: ['kafka'], bundled: true, env });
      client = { urls: cluster.urls(), key: cluster.key, hung: [] };
    });
    afterAll(async () => {
      await cluster?.stop();
      await witness?.[Symbol.asyncDispose]();
    });

    const request = async (): Promise<string> => {
      const body = { definition: storedFlow('failpoint'), variables: { WITNESS: witness.url } };
      const runId = String((await ask(client, '/executions', { body }))['id']);
      runIds.push(runId);
      return runId;
    };

    /** Resolves with how a process ended that fails at a point, be it before it said that it was ready. */
    const fails = async (service: ServiceName, point: string): Promise<string> => {
      const env = { TESTMESH_FAILPOINTS: `${point}:exit@1` };
      const ended = cluster.start(service, env).then((doomed) => doomed.ended);
      return ended.then(
        ({ signal }) => `ended with ${signal}`,
        (error: Error) => error.message,
      );
    };

    test.each(POINTS)('as %s at %s loses nothing', async (service, point) => {
      await Promise.all(cluster.members(service).map((member) => member.kill('SIGTERM')));
      const requested = await Promise.all(Array.from({ length: RUNS_EACH }, request));
      expect(await fails(service, point)).toContain('ended with SIGKILL');
      await cluster.start(service);
      for (const runId of requested) expect((await versionsOf(client, runId)).length).toBeGreaterThan(4);
    });

    test('leaves everything as if nothing had happened', async () => {
      const storage = await storageOf(cluster);
      try {
        expect(await caughtUp(storage, ['runs', 'relay'], 60_000)).toBe(true);
        await rebuild(storage);
        const streams = await readStreams(storage);
        const bus = await readBus(cluster.servers.kafka?.address ?? '', cluster.env['KAFKA_TOPIC'] ?? '');
        const promised = runIds.map((runId) => ({ runId, expected: ['passed'] as const }));
        const found = [
          ...ends(runIds, streams),
          ...outcomes(streams),
          ...order(streams),
          ...effects({ streams, ledger: witness.ledger, ruleOf: (_run, path) => storedRules.get(path) }),
          ...views({ streams, ...(await readViews(storage)) }),
          ...published(streams, bus.ids),
          ...verdicts(promised, streams),
        ];
        expect(found.map(textOf)).toEqual([]);
        expect(runIds).toHaveLength(RUNS_EACH * POINTS.length);
        expect(client.hung).toEqual([]);
      } finally {
        await storage.close();
      }
    });
  });
});

const storageOf = ({ servers, env }: Cluster): Promise<Storage> =>
  openStorage({
    url: servers.postgres.address,
    keys: masterKeys(env['TESTMESH_ENCRYPTION_KEYS']),
    clock: systemClock,
    connections: 2,
    onLost: () => undefined,
  });
