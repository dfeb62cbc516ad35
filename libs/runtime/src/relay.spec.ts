import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { FEED_START, type FeedCursor } from '@testmesh/ports';
import { fakeAction, memoryFeed } from '@testmesh/testing';
import { Platform } from './executor.fixture.ts';
import { Reaper } from './reaper.ts';
import { type CheckpointStore, Relay } from './relay.ts';
import { seededRandom } from './seeded-random.ts';

const checkpointsInMemory = (): CheckpointStore => {
  let cursor: FeedCursor = FEED_START;
  return {
    load: async () => cursor,
    move: async (_reader, expected, next) => {
      if (cursor !== expected) return false;
      cursor = next;
      return true;
    },
  };
};

const relayOf = (platform: Platform, publish: Publish, checkpoints: CheckpointStore) =>
  new Relay({
    name: 'kafka',
    feed: memoryFeed(platform.journal),
    bus: { publish },
    checkpoints,
    clock: platform.clock,
    random: seededRandom('relay'),
    onFault: platform.onFault,
    pageSize: 3,
  });

type Publish = ConstructorParameters<typeof Relay<RecordedEvent>>[0]['bus']['publish'];

test('Y1, Y2: everything is published in order, one batch at a time, and a bus that fails is asked again', async () => {
  const platform = new Platform();
  await platform.request('a', 'b', 'c', 'd', 'e', 'f', 'g');
  const sent: string[] = [];
  let inFlight = 0;
  let calls = 0;
  const publish: Publish = async (events) => {
    expect(++inFlight).toBe(1);
    await platform.clock.sleep(10);
    inFlight -= 1;
    sent.push(...events.map(({ stream }) => stream));
    if (++calls === 2) throw new Error('the reply was lost');
  };
  const checkpoints = checkpointsInMemory();
  const relay = relayOf(platform, publish, checkpoints);
  relay.start();
  await platform.until(() => sent.includes('run-g'));
  await platform.clock.sleep(100);
  await relay.stop();
  const batch = ['run-d', 'run-e', 'run-f'];
  expect(sent).toEqual(['run-a', 'run-b', 'run-c', ...batch, ...batch, 'run-g']);
  expect(platform.faults).toEqual(['relay kafka: the reply was lost']);
  expect(await checkpoints.load('kafka')).toBe('7');
});

test('Y4: an outage of the bus is told once it is over, with how often it failed', async () => {
  const platform = new Platform();
  await platform.request('a');
  let calls = 0;
  const publish: Publish = async () => {
    if (++calls <= 3) throw new Error('no broker');
  };
  const over: unknown[] = [];
  const relay = new Relay({
    name: 'kafka',
    feed: memoryFeed(platform.journal),
    bus: { publish },
    checkpoints: checkpointsInMemory(),
    clock: platform.clock,
    random: seededRandom('relay'),
    onFault: platform.onFault,
    onOver: (outage) => over.push(outage),
  });
  relay.start();
  await platform.until(() => over.length > 0);
  await platform.clock.sleep(5000);
  await relay.stop();
  expect(over).toEqual([{ loop: 'relay kafka', faults: 3, lastedMs: expect.any(Number) }]);
  expect(platform.faults).toHaveLength(3);
});

test('Y3: copies of a relay repeat at most, and leave nothing out', async () => {
  const platform = new Platform();
  const runIds = Array.from({ length: 20 }, (_, at) => `r${at}`);
  await platform.request(...runIds);
  const sent = new Set<string>();
  const publish: Publish = async (events) => {
    await platform.clock.sleep(events.length);
    for (const { stream } of events) sent.add(stream);
  };
  const checkpoints = checkpointsInMemory();
  const relays = [relayOf(platform, publish, checkpoints), relayOf(platform, publish, checkpoints)];
  for (const relay of relays) relay.start();
  await platform.until(() => sent.size === 20);
  await Promise.all(relays.map((relay) => relay.stop()));
  expect(platform.faults).toEqual([]);
});

test('the reaper gives the runs of a lost executor back, and parks one that loses them all', async () => {
  const platform = new Platform();
  await platform.request('a');
  const reaped: string[] = [];
  const reaper = new Reaper({
    queue: platform.queue,
    clock: platform.clock,
    random: seededRandom('reaper'),
    onFault: platform.onFault,
    policy: { maxAttempts: 2, limit: 10 },
    onReaped: (runs) => void reaped.push(...runs.map(({ outcome }) => outcome)),
  });
  reaper.start();
  const silent = { carry: () => new Promise<never>(() => undefined) };
  const deaf = { heartbeat: () => Promise.reject(new Error('no route')) };
  for (const name of ['e1', 'e2']) {
    platform.executor(name, fakeAction(), { ...silent, leases: platform.leases(name, deaf), slots: 1 }).start();
  }
  await platform.until(() => platform.types('a').at(-1) === 'RunParked');
  await reaper.stop();
  expect(reaped).toEqual(['requeued', 'parked']);
});
