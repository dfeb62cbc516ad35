import type { CodeText } from './code-text.ts';
import { tm1Flow } from './tm1-flow.ts';
import { tm1Yaml } from './tm1-yaml.ts';
import { tm2 } from './tm2.ts';
import { tm3 } from './tm3.ts';
import { tm4Basic } from './tm4-basic.ts';
import { tm4Docker } from './tm4-docker.ts';
import { tm4Grpc } from './tm4-grpc.ts';
import { tm4Http } from './tm4-http.ts';
import { tm4Kafka } from './tm4-kafka.ts';
import { tm4Mock } from './tm4-mock.ts';
import { tm4Outbound } from './tm4-outbound.ts';
import { tm4Plugin } from './tm4-plugin.ts';
import { tm4Redis } from './tm4-redis.ts';
import { tm4Sql } from './tm4-sql.ts';
import { tm5 } from './tm5.ts';
import { tm6Cli } from './tm6-cli.ts';
import { tm6EnvFile } from './tm6-env-file.ts';
import { tm6Plugins } from './tm6-plugins.ts';

/** Every code that TestMesh gives, with what `testmesh explain` says of it. */
export const CODES = {
  ...tm1Yaml,
  ...tm1Flow,
  ...tm2,
  ...tm3,
  ...tm4Basic,
  ...tm4Docker,
  ...tm4Grpc,
  ...tm4Http,
  ...tm4Kafka,
  ...tm4Mock,
  ...tm4Outbound,
  ...tm4Plugin,
  ...tm4Redis,
  ...tm4Sql,
  ...tm5,
  ...tm6Cli,
  ...tm6EnvFile,
  ...tm6Plugins,
} as const;

export const explain = (code: string): CodeText | undefined => {
  const catalogue: Readonly<Record<string, CodeText>> = CODES;
  return Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
};
