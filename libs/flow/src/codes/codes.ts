import type { CodeText } from './code-text.ts';
import { tm1 } from './tm1.ts';
import { tm2 } from './tm2.ts';
import { tm4Http } from './tm4-http.ts';
import { tm4Kafka } from './tm4-kafka.ts';
import { tm4Redis } from './tm4-redis.ts';
import { tm4Sql } from './tm4-sql.ts';
import { tm6EnvFile } from './tm6-env-file.ts';

/** Every code that TestMesh gives, with what `testmesh explain` says of it. */
export const CODES = { ...tm1, ...tm2, ...tm4Http, ...tm4Kafka, ...tm4Redis, ...tm4Sql, ...tm6EnvFile } as const;

export const explain = (code: string): CodeText | undefined => {
  const catalogue: Readonly<Record<string, CodeText>> = CODES;
  return Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
};
