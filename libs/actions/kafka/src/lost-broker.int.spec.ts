import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actionContext } from '@testmesh/testing';
import { type Infra, startInfra } from '../../../../tools/infra/infra.ts';
import { freeze } from '../../../../tools/testing/freeze.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';
import { waiting } from './waiting.fixture.ts';

// A broker of our own, because it is stopped and killed here.
describeWith('kafka', 'a broker that is lost', () => {
  let infra: Infra;
  const topic = `t.${randomUUID().slice(0, 8)}`;
  const broker = (): { brokers: string; pid: number } => {
    const { brokers, pid } = infra.kafka ?? {};
    if (brokers === undefined || pid === undefined) throw new Error('there is no broker of our own');
    return { brokers, pid };
  };

  beforeAll(async () => {
    infra = await startInfra({ need: ['kafka'], ownOnly: true });
  }, 120_000);
  afterAll(() => infra?.stop());

  test('a message that is not confirmed in time may have been stored: that is said', async () => {
    const { brokers, pid } = broker();
    const context = actionContext();
    expect(await kafkaProducer.perform({ brokers, topic, payload: 'a' }, context)).toMatchObject({ kind: 'completed' });
    await freeze(pid);
    try {
      const outcome = await kafkaProducer.perform({ brokers, topic, payload: 'b', timeout: '1500ms' }, context);
      expect(outcome).toMatchObject({ kind: 'not-carried-out', code: 'TM4208' });
    } finally {
      process.kill(pid, 'SIGCONT');
      await context.close();
    }
  }, 60_000);

  test('a wait whose broker is killed goes on until its time is over, and says that it was lost, without noise', async () => {
    const { brokers, pid } = broker();
    const context = actionContext();
    await kafkaConsumer.prepare?.({ brokers, topic }, context);
    const other = waiting({ brokers, topic, timeout: '6s' });
    await other.ready;
    const outcome = kafkaConsumer.perform({ brokers, topic, timeout: '6s' }, context);
    await sleep(1500);
    process.kill(pid, 'SIGKILL');
    expect(await outcome).toMatchObject({ kind: 'not-carried-out', code: 'TM4204' });
    expect(await other.warnings).toBe('');
    await context.close();
  }, 60_000);
});
