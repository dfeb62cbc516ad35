import { type ActionContext, abortable, defineAction } from '@testmesh/action-kit';
import { type Place, placeOf } from '../client/connection.ts';
import { redisSubscribeSchema } from '../schema/messages.ts';
import { Subscription } from './subscription.ts';
import { waitFor } from './wait.ts';

const subscriptionTo = (place: Place, channels: readonly string[], context: ActionContext): Promise<Subscription> =>
  context.use(
    { kind: 'redis-subscription', key: `${place.key} ${[...channels].sort().join(' ')}`, bound: true },
    () => Subscription.open(place, channels, context.clock),
    async (subscription) => subscription.close(),
  );

export const redisSubscribe = defineAction({
  schema: redisSubscribeSchema,

  async prepare(config, context) {
    const place = await placeOf(config, context);
    if (!('kind' in place)) await abortable(subscriptionTo(place, config.channel, context), context.signal);
  },

  async run(config, context) {
    const place = await placeOf(config, context);
    if ('kind' in place) return place;
    const plan = {
      what: `channel ${config.channel.join(', ')}`,
      at: place.at,
      wanted: config,
      roots: ['value', 'json', 'channel'],
      open: async () => (await subscriptionTo(place, config.channel, context)).reader(),
    };
    return waitFor(plan, context);
  },
});
