import { edgeSettings } from '@testmesh/api';
import { envManagerSettings } from '@testmesh/env-manager';
import { operatorRules } from '@testmesh/outbound';
import { databaseFrom, logLevel, masterKeys, numberFrom } from '@testmesh/service-kit';
import { CommandEnd } from '../exit-code.ts';

// Everything that an operator says by variables, read before anything is started: what is wrong is told at once, all of it.

type Environment = Readonly<NodeJS.ProcessEnv>;

export type Surroundings = ReturnType<typeof surroundingsOf>;

export const surroundingsOf = (environment: Environment, auth: 'keys' | 'loopback') =>
  all({
    databaseUrl: () => databaseFrom(environment),
    encryptionKeys: () => encryptionKeysOf(environment),
    logLevel: () => logLevel(environment, 'warn'),
    operator: () => operatorRules(environment, auth === 'keys' ? 'server' : 'own'),
    testEnvironments: () => envManagerSettings(environment),
    maxRunning: () => numberFrom(environment, 'TESTMESH_MAX_RUNNING_PER_WORKSPACE', 0) || undefined,
    edge: () => edgeSettings(environment),
    healthPort: () => numberFrom(environment, 'TESTMESH_HEALTH_PORT', 0),
    archive: () => environment['TESTMESH_ARCHIVE'] || undefined,
    publicUrl: () => publicUrlOf(environment),
  });

const encryptionKeysOf = ({ TESTMESH_ENCRYPTION_KEYS: given }: Environment): string | undefined => {
  if (given === undefined || given === '') return undefined;
  masterKeys(given);
  return given;
};

const publicUrlOf = ({ TESTMESH_PUBLIC_URL: url }: Environment): string | undefined => {
  if (url === undefined || url === '') return undefined;
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new Error(`TESTMESH_PUBLIC_URL=${url} is no http(s) address: it is where people find this server`);
};

/** What each of them reads; whatever one of them refuses ends the command. */
const all = <T extends object>(readers: { readonly [Name in keyof T]: () => T[Name] }): T => {
  const wrong: string[] = [];
  const read = Object.entries<() => unknown>(readers).map(([name, reader]): [string, unknown] => {
    try {
      return [name, reader()];
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error));
      return [name, undefined];
    }
  });
  if (wrong.length > 0) throw new CommandEnd('usage', wrong.join('\n'));
  return Object.fromEntries(read) as T;
};
