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

// A process is killed at each of the places between "done" and "known to be done", and another one goes on.

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

describeWith('kafka', 'a process that is killed at', () => {
  let cluster: Cluster;
  let witness: Witness;
  let client: Client;
  const runIds: string[] = [];

  beforeAll(async () => {
    witness = await startWitness();
    const env = { TESTMESH_OUTBOUND_ALLOW: '127.0.0.1', TESTMESH_LEASE_MS: '3000' };
    cluster = await startCluster({ copies: { 'env-manager': 0 }, bundled: true, ownOnly: true, env });
    client = { urls: cluster.urls(), key: cluster.key };
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

  test.each(POINTS)('%s %s loses nothing', async (service, point) => {
    const [healthy] = cluster.members(service);
    await healthy?.kill('SIGTERM');
    const doomed = await cluster.start(service, { TESTMESH_FAILPOINTS: `${point}:exit@2` });
    const requested = [await request(), await request(), await request()];
    expect((await doomed.ended).signal).toBe('SIGKILL');
    await cluster.start(service);
    for (const runId of requested) expect((await versionsOf(client, runId)).length).toBeGreaterThan(4);
  });

  test('and everything is as if nothing had happened', async () => {
    const storage = await storageOf(cluster);
    try {
      await caughtUp(storage, ['runs', 'relay'], 60_000);
      await rebuild(storage);
      const streams = await readStreams(storage);
      const bus = await readBus(cluster.servers.kafka?.address ?? '', cluster.env['KAFKA_TOPIC'] ?? '');
      const found = [
        ...ends(runIds, streams),
        ...outcomes(streams),
        ...order(streams),
        ...effects({ streams, ledger: witness.ledger, ruleOf: (_run, path) => storedRules.get(path) }),
        ...views({ streams, ...(await readViews(storage)) }),
        ...published(streams, bus.ids),
        ...verdicts(
          runIds.map((runId) => ({ runId, expected: ['passed'] })),
          streams,
        ),
      ];
      expect(found.map(textOf)).toEqual([]);
      expect(runIds).toHaveLength(3 * POINTS.length);
    } finally {
      await storage.close();
    }
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
