import type { ActionSchema, ResultKey } from '@testmesh/contracts';
import type { Effect } from '@testmesh/domain';
import * as z from 'zod';
import { connection, connectionAliases, connectionKeys } from './values.ts';

interface CommandSchema<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly summary: string;
  readonly keys: Shape;
  readonly result: Readonly<Record<string, ResultKey>>;
  readonly effect: Effect;
  /** The steps of the example flow, after `connection`. */
  readonly example: string;
  readonly keyAliases?: Readonly<Record<string, string>>;
  readonly resultAliases?: Readonly<Record<string, string>>;
  readonly checksByItself?: boolean;
  readonly aliases?: readonly string[];
}

const durationKey: ResultKey = { type: 'number', description: 'How long the step took, in milliseconds.' };

/** The schema of one `redis.*` action: its own keys beside those of the connection. */
export const commandSchema = <Shape extends z.ZodRawShape>(command: CommandSchema<Shape>) => {
  const { name, keys, result, effect, keyAliases, resultAliases, checksByItself, aliases } = command;
  return {
    type: `redis.${name}`,
    aliases: [`redis_${name}`, ...(aliases ?? [])],
    summary: command.summary,
    config: z.strictObject({ ...connection, ...keys }),
    keyAliases: { ...connectionAliases, ...keyAliases },
    environmentKeys: connectionKeys,
    result: { ...result, duration_ms: durationKey },
    resultAliases: resultAliases ?? {},
    effect: () => effect,
    checksByItself: checksByItself ?? false,
    example: exampleFlow(command.summary, command.example),
  } satisfies ActionSchema;
};

/** A step of an example, at the address that the flow's `env` names. */
export const step = (id: string, action: string, config: string, asserts: readonly string[] = []): string => {
  const checks = asserts.length === 0 ? '' : `\n      assert:${asserts.map((text) => `\n        - ${text}`).join('')}`;
  const lines = config.split('\n').map((line) => `\n        ${line}`);
  return `    - id: ${id}\n      action: redis.${action}\n      config:\n        url: \${REDIS_URL}${lines.join('')}${checks}\n`;
};

const exampleFlow = (summary: string, steps: string): string =>
  `flow:\n  name: "${summary}"\n  env:\n    REDIS_URL: redis://localhost:6379\n    KEY: testmesh:docs:\${RANDOM_ID}\n  steps:\n${steps}  teardown:\n${step('remove', 'del', 'key: ${KEY}')}`;
