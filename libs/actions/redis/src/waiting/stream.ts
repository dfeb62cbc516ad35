// redis.xread reads a stream from where it stood when the run began, without a consumer group and without a trace.
import { type ActionContext, abortable, defineAction } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import type { Redis } from 'ioredis';
import { connect, type Place, placeOf } from '../client/connection.ts';
import { commandAction } from '../commands/command-action.ts';
import { stored } from '../commands/values.ts';
import { redisXaddSchema, redisXreadSchema } from '../schema/messages.ts';
import type { Received } from './inbox.ts';
import { waitFor } from './wait.ts';

const BEGINNING = '0-0';
const READ_COUNT = '200';
const POLL_MS = 25;

type Entry = readonly [id: string, fields: readonly string[]];

export const redisXadd = commandAction(redisXaddSchema, async (redis, { key, fields }) => {
  const pairs = Object.entries(fields).flatMap(([field, value]) => [field, stored(value)]);
  return { id: String(await redis.call('XADD', key, '*', ...pairs)) };
});

/** The stream's last id when the run began. */
const runStart = (place: Place, key: string, redis: Redis, context: ActionContext): Promise<string> =>
  context.positions(`redis:${place.at}/${key}`, async () => {
    const newest = (await redis.call('XREVRANGE', key, '+', '-', 'COUNT', '1')) as Entry[];
    return newest[0]?.[0] ?? BEGINNING;
  });

const clientAt = (place: Place, context: ActionContext): Promise<Redis> =>
  context.use(
    { kind: 'redis-stream', key: place.key },
    () => connect(place),
    async (redis) => redis.disconnect(),
  );

const connectedAt = async (place: Place, context: ActionContext): Promise<Redis> => {
  const redis = await clientAt(place, context);
  if (redis.status === 'ready') return redis;
  await context.release('redis-stream', place.key);
  return clientAt(place, context);
};

export const redisXread = defineAction({
  schema: redisXreadSchema,

  async prepare(config, context) {
    const place = await placeOf(config, context);
    if ('kind' in place) return;
    const noted = async () => runStart(place, config.key, await connectedAt(place, context), context);
    await abortable(noted(), context.signal);
  },

  async run(config, context) {
    const place = await placeOf(config, context);
    if ('kind' in place) return place;
    const { key } = config;
    const open = async (signal: AbortSignal) => {
      const redis = await connectedAt(place, context);
      const start = await runStart(place, key, redis, context);
      let last = config.from_beginning ? BEGINNING : start;
      return async (): Promise<readonly Received[]> => {
        const entries = await entriesAfter(redis, key, last);
        if (entries.length === 0) await context.clock.sleep(POLL_MS, signal);
        last = entries.at(-1)?.[0] ?? last;
        return entries.map((entry) => receivedOf(entry, start));
      };
    };
    return waitFor({ what: `stream ${key}`, at: place.at, wanted: config, roots: ['value', 'id'], open }, context);
  },
});

const entriesAfter = async (redis: Redis, key: string, id: string): Promise<readonly Entry[]> => {
  const reply = await redis.call('XREAD', 'COUNT', READ_COUNT, 'STREAMS', key, id);
  const [stream] = (reply ?? []) as [string, Entry[]][];
  return stream?.[1] ?? [];
};

const receivedOf = ([id, flat]: Entry, start: string): Received => {
  const value: ValueMap = Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, index) => [flat[index * 2], flat[index * 2 + 1] ?? '']),
  );
  const bytes = flat.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { message: { id, value }, bytes, isNewer: isAfter(id, start) };
};

/** Whether a stream id (`milliseconds-sequence`) comes after another. */
const isAfter = (id: string, other: string): boolean => {
  const [time = 0n, sequence = 0n] = id.split('-').map(BigInt);
  const [otherTime = 0n, otherSequence = 0n] = other.split('-').map(BigInt);
  return time === otherTime ? sequence > otherSequence : time > otherTime;
};
