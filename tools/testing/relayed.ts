import { randomBytes } from 'node:crypto';
import { kafkaBus } from '@testmesh/bus-kafka';
import { FEED_START, type MessageFeed } from '@testmesh/ports';
import { readBus } from '../chaos/gather.ts';

/** The texts of all messages that a broker holds once it was sent a whole journal, on a topic of its own. */
export const relayed = async (messages: MessageFeed, brokers: string): Promise<readonly string[]> => {
  const topic = `relayed-${randomBytes(6).toString('hex')}`;
  const bus = await kafkaBus({ brokers: brokers.split(','), topic, partitions: 3, replicas: 1 });
  let page = await messages.readAfter(FEED_START, 500);
  while (page.events.length > 0) {
    await bus.publish(page.events);
    page = await messages.readAfter(page.cursor, 500);
  }
  await bus.close();
  return (await readBus(brokers, topic)).texts;
};
