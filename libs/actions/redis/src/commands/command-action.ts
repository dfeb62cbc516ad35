import { type Action, defineAction } from '@testmesh/action-kit';
import type { ActionSchema } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { Redis } from 'ioredis';
import type * as z from 'zod';
import { withRedis } from '../client/connection.ts';
import type { NotCarriedOut } from '../client/failure.ts';
import type { Connection } from '../schema/values.ts';

/** Binds a schema to the one command that carries it out. */
export const commandAction = <Schema extends ActionSchema & { config: z.ZodType<Connection> }>(
  schema: Schema,
  command: (redis: Redis, config: z.output<Schema['config']>) => Promise<ValueMap | NotCarriedOut>,
): Action =>
  defineAction({
    schema,
    run: (config, context) => {
      const named = config as z.output<Schema['config']> & { key?: unknown };
      const doing = `${schema.type}${typeof named.key === 'string' ? ` of "${named.key}"` : ''}`;
      return withRedis(named, context, { doing, command: (redis) => command(redis, named) });
    },
  });
