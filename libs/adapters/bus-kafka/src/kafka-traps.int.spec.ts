import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import type { Bus } from '@testmesh/ports';
import { busMessage } from '@testmesh/testing/contracts';
import { startFaultProxy } from '@testmesh/testing/fault-proxy';
import kafkajs from 'kafkajs';
import { describeWith } from '../../../../tools/testing/real.ts';
import { type KafkaBusSettings, kafkaBus } from './kafka-bus.ts';

// What kafkajs and Kafka do to those who trust them, each against a real broker.

describeWith('kafka', 'the traps of Kafka', (address) => {
  const brokers = address.split(',');
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
  const settings = () => ({
    brokers,
    topic: `testmesh.journal.test-${randomBytes(5).toString('hex')}`,
    partitions: 1,
    replicas: 1,
  });
  const buses: Bus[] = [];
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    for (const bus of buses.splice(0)) await bus.close();
  }, 60_000);

  const busAt = async (given: KafkaBusSettings): Promise<Bus> => {
    const bus = await kafkaBus(given);
    buses.push(bus);
    return bus;
  };
  const read = async (bus: Bus, name: string, also: () => Promise<void> = async () => undefined) => {
    const got: RecordedEvent[] = [];
    const { stop } = await bus.subscribe({
      name,
      handle: async (events) => {
        await also();
        got.push(...events);
      },
    });
    stops.push(stop);
    return { got, stop };
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; !holds(); tries++) {
      if (tries > 1500) throw new Error('it did not come in time');
      await sleep(20);
    }
  };
  const versions = (events: readonly RecordedEvent[]) => events.map(({ ver }) => ver);
  const oneTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

  test('an idle connection does not wake a thousand times a second', async () => {
    const given = settings();
    const bus = await busAt(given);
    await bus.publish([busMessage('run-1', 1)]);
    const original = globalThis.setTimeout;
    let armed = 0;
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      armed += 1;
      return original(...args);
    }) as typeof setTimeout;
    try {
      await sleep(1000);
    } finally {
      globalThis.setTimeout = original;
    }
    expect(armed).toBeLessThan(50);
  }, 60_000);

  // Begun first and judged last: sessions take their time, and the other traps are tried meanwhile.
  describe('beside a reader that handles for longer than a session', () => {
    let handled = 0;
    let over = false;
    const ends: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      const given = settings();
      const [one, other] = [await busAt(given), await busAt(given)];
      const slowly = async () => {
        handled += 1;
        await sleep(11_500); // a session of ours lasts ten seconds
        over = true;
      };
      await read(one, given.topic, slowly);
      await read(other, given.topic, slowly);
      await one.publish([busMessage('run-1', 1)]);
      await until(() => handled === 1);
      ends.push(...stops.splice(0), ...buses.splice(0).map((bus) => () => bus.close()));
    }, 60_000);
    afterAll(async () => {
      for (const end of ends) await end();
    }, 60_000);

    test('idempotent sends lose acknowledged messages when several are in flight: ours go one by one, whoever asks', async () => {
      const given = settings();
      const proxy = await startFaultProxy({ port: Number(brokers[0]?.split(':')[1]) });
      const socketFactory: KafkaBusSettings['socketFactory'] = ({ onConnect }) =>
        connect({ host: '127.0.0.1', port: proxy.port }, onConnect);
      const bus = await busAt({ ...given, socketFactory });
      const acknowledged: number[] = [];
      const cuts = setInterval(() => proxy.cut(), 40);
      const sending = oneTo(60).map(async (ver) => {
        await sleep(ver * 5);
        await bus.publish([busMessage('run-1', ver)]).then(
          () => acknowledged.push(ver),
          () => undefined,
        );
      });
      await Promise.all(sending);
      clearInterval(cuts);
      proxy.loseAnswers(1);
      await bus.publish([busMessage('run-1', 61)]).catch(() => undefined);
      await bus.publish([busMessage('run-1', 62)]);
      const { got } = await read(await busAt(given), given.topic);
      await until(() => got.at(-1)?.ver === 62);
      expect(proxy.figures.cut).toBeGreaterThan(0);
      expect(acknowledged.filter((ver) => !versions(got).includes(ver))).toEqual([]);
      await bus.close();
      await proxy.close();
    }, 120_000);

    test('what is sent in one piece arrives in order, however many messages that takes', async () => {
      const given = settings();
      const bus = await busAt(given);
      await bus.publish(oneTo(1200).map((ver) => busMessage('run-1', ver)));
      const { got } = await read(bus, given.topic);
      await until(() => got.length >= 1200);
      expect(versions(got)).toEqual(oneTo(1200));
    }, 60_000);

    test('an event of many megabytes goes through, with those behind it: by itself a broker takes one', async () => {
      const bus = await busAt(settings());
      const large = busMessage('run-1', 2);
      const body = JSON.stringify({ ...JSON.parse(large.body), data: { text: 'x'.repeat(12_000_000) } });
      await bus.publish([busMessage('run-1', 1), { ...large, body }, busMessage('run-1', 3)]);
      const { got } = await read(bus, 'a');
      await until(() => got.length === 3);
      expect(versions(got)).toEqual([1, 2, 3]);
      expect(JSON.stringify(got[1]?.data)).toHaveLength(12_000_011);
    }, 60_000);

    test('a TypeError in a handler ends a consumer of kafkajs for good: ours goes on', async () => {
      const given = settings();
      const bus = await busAt(given);
      let failures = 0;
      const { got } = await read(bus, given.topic, async () => {
        if (failures++ < 3) (undefined as unknown as { missing: () => void }).missing();
      });
      await bus.publish([busMessage('run-1', 1), busMessage('run-1', 2)]);
      await until(() => got.length === 2);
      expect(versions(got)).toEqual([1, 2]);
    }, 60_000);

    test('a group that is new reads from the beginning, and one that lost its place does too', async () => {
      const given = settings();
      const bus = await busAt(given);
      await bus.publish(oneTo(4).map((ver) => busMessage('run-1', ver)));
      const first = await read(bus, given.topic);
      await until(() => first.got.length === 4);
      await first.stop();
      const admin = kafka.admin();
      await admin.connect();
      // Its place is now in what was deleted: kafkajs would go on at the newest message, and skip what lies between.
      await admin.setOffsets({
        groupId: `testmesh.${given.topic}`,
        topic: given.topic,
        partitions: [{ partition: 0, offset: '1' }],
      });
      await admin.deleteTopicRecords({ topic: given.topic, partitions: [{ partition: 0, offset: '2' }] });
      await admin.disconnect();
      const second = await read(bus, given.topic);
      await until(() => second.got.length > 0);
      expect(versions(second.got)).toEqual([3, 4]);
    }, 60_000);

    test('events are not committed before they were handled: who takes over gets them', async () => {
      const given = settings();
      const bus = await busAt(given);
      await bus.publish([busMessage('run-1', 1)]);
      let tries = 0;
      const failing = await read(bus, given.topic, async () => {
        tries += 1;
        throw new Error('the database is away');
      });
      await until(() => tries > 1);
      await failing.stop();
      const { got } = await read(bus, given.topic);
      await until(() => got.length === 1);
    }, 60_000);

    test('when a member leaves, another goes on where it was', async () => {
      const given = settings();
      const [one, other] = [await busAt(given), await busAt(given)];
      const first = await read(one, given.topic);
      const second = await read(other, given.topic);
      await one.publish([busMessage('run-1', 1)]);
      await until(() => first.got.length + second.got.length >= 1);
      await (first.got.length > 0 ? first : second).stop();
      await one.publish([busMessage('run-1', 2)]);
      const all = () => new Set(versions([...first.got, ...second.got]));
      await until(() => all().size === 2);
    }, 60_000);

    test('that one is not thought dead, and nobody else gets its events', async () => {
      await until(() => over);
      await sleep(500); // who had taken over would have begun by now
      expect(handled).toBe(1);
    }, 60_000);
  });
});
