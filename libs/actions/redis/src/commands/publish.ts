import { redisPublishSchema } from '../schema/messages.ts';
import { commandAction } from './command-action.ts';
import { integer, stored } from './values.ts';

export const redisPublish = commandAction(redisPublishSchema, async (redis, { channel, message }) => ({
  receivers: integer(await redis.publish(channel, stored(message))),
  channel,
}));
