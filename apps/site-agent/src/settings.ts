import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import type { WayOut } from '@testmesh/journal-remote';

/** Everything that an agent is told. */
export interface Settings {
  /** Of the server; its path is empty. */
  readonly url: string;
  /** Reads the token; a file is read each time. */
  readonly token: () => Promise<string>;
  readonly pools: readonly string[];
  readonly slots: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly host: string;
  readonly wayOut: WayOut;
  /** Where health is written; nowhere when absent. */
  readonly healthFile: string | undefined;
}

/** What is wrong with the settings, and how it is put right. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

type Surroundings = Readonly<Record<string, string | undefined>>;

/** Flags, with the variables that say the same; a flag goes first. */
const FLAGS = {
  server: 'TESTMESH_SERVER',
  'token-file': 'TESTMESH_AGENT_TOKEN_FILE',
  pools: 'TESTMESH_POOLS',
  slots: 'TESTMESH_SLOTS',
  labels: 'TESTMESH_LABELS',
  'lease-ms': 'TESTMESH_LEASE_MS',
  'drain-ms': 'TESTMESH_DRAIN_MS',
  'ca-file': 'TESTMESH_CA_FILE',
  'client-cert-file': 'TESTMESH_CLIENT_CERT_FILE',
  'client-key-file': 'TESTMESH_CLIENT_KEY_FILE',
  proxy: 'TESTMESH_PROXY',
  'health-file': 'TESTMESH_HEALTH_FILE',
} as const;
type Flag = keyof typeof FLAGS;

export const usage = `testmesh-agent run|doctor|health [flags]
  run      take runs of the pools and carry them out here, until SIGTERM
  doctor   look whether the server can be reached from here, and say what is wrong
  health   exit with 0 when the agent that writes --health-file is well

Each flag can be said by a variable; TESTMESH_AGENT_TOKEN holds the token where there is no file.
${Object.entries(FLAGS)
  .map(([flag, variable]) => `  --${flag.padEnd(18)} ${variable}`)
  .join('\n')}
HTTPS_PROXY, HTTP_PROXY and NO_PROXY are heeded where there is no --proxy.`;

/** Reads flags and variables; throws `WrongSettings`. */
export const readSettings = (argv: readonly string[], surroundings: Surroundings): Settings => {
  const said = saidBy(argv, surroundings);
  const url = serverUrl(said('server'));
  return {
    url: url.origin,
    token: tokenFrom(said('token-file'), surroundings['TESTMESH_AGENT_TOKEN']),
    pools: listOf(said('pools') ?? 'default', 'pools'),
    slots: wholeNumber(said('slots'), { flag: 'slots', byDefault: 8, least: 1, most: 500 }),
    leaseMs: wholeNumber(said('lease-ms'), { flag: 'lease-ms', byDefault: 90_000, least: 2000, most: 600_000 }),
    drainMs: wholeNumber(said('drain-ms'), { flag: 'drain-ms', byDefault: 30_000, least: 0, most: 3_600_000 }),
    labels: labelsOf(said('labels')),
    host: hostname(),
    wayOut: wayOutOf(url, said, surroundings),
    healthFile: said('health-file'),
  };
};

type Said = (flag: Flag) => string | undefined;

const saidBy = (argv: readonly string[], surroundings: Surroundings): Said => {
  const options = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  let values: Readonly<Record<string, unknown>>;
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new WrongSettings(`${(error as Error).message}\n\n${usage}`);
  }
  return (flag) => {
    const text = values[flag] ?? surroundings[FLAGS[flag]];
    return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
  };
};

const serverUrl = (text: string | undefined): URL => {
  if (text === undefined) {
    throw new WrongSettings(
      '--server (TESTMESH_SERVER) is not set: the address of the server, https://testmesh.example.com',
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.username !== '') {
    throw new WrongSettings(`--server ${text} is no address such as https://testmesh.example.com`);
  }
  return url;
};

const TOKEN = /^tm_agent_[0-9a-f]{48}$/;

const tokenFrom = (file: string | undefined, text: string | undefined): (() => Promise<string>) => {
  const read = (): string => (file === undefined ? (text ?? '') : readText(file, '--token-file')).trim();
  const token = read();
  if (token === '' && file === undefined) {
    throw new WrongSettings(
      'there is no token: set TESTMESH_AGENT_TOKEN or --token-file; `testmesh agent create` prints one',
    );
  }
  if (!TOKEN.test(token)) {
    const where = file ?? 'TESTMESH_AGENT_TOKEN';
    throw new WrongSettings(`${where} holds no token of an agent: it begins with tm_agent_ (an API key will not do)`);
  }
  return async () => read();
};

const readText = (file: string, flag: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongSettings(`${flag} ${file} cannot be read: ${(error as Error).message}`);
  }
};

const listOf = (text: string, flag: Flag): readonly string[] => {
  const items = text.split(',').map((item) => item.trim());
  if (items.every((item) => item !== '')) return [...new Set(items)];
  throw new WrongSettings(`--${flag} ${text} has to be names with commas between them`);
};

interface Range {
  readonly flag: Flag;
  readonly byDefault: number;
  readonly least: number;
  readonly most: number;
}

const wholeNumber = (text: string | undefined, { flag, byDefault, least, most }: Range): number => {
  if (text === undefined) return byDefault;
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new WrongSettings(`--${flag} ${text} (${FLAGS[flag]}) has to be a whole number from ${least} to ${most}`);
};

const labelsOf = (text: string | undefined): Readonly<Record<string, string>> => {
  if (text === undefined) return {};
  const pairs = listOf(text, 'labels').map((pair) => /^([\w./-]{1,63})=(.{0,200})$/.exec(pair));
  if (pairs.includes(null)) throw new WrongSettings(`--labels ${text} has to be name=value with commas between them`);
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], pair[2]]])));
};

const wayOutOf = (url: URL, said: Said, surroundings: Surroundings): WayOut => {
  const [ca, certificate, key] = [said('ca-file'), said('client-cert-file'), said('client-key-file')];
  if ((certificate === undefined) !== (key === undefined)) {
    throw new WrongSettings('--client-cert-file and --client-key-file belong together: one of them is missing');
  }
  const proxy = proxyFor(url, said('proxy'), surroundings);
  return {
    ...(ca !== undefined && { ca: readText(ca, '--ca-file') }),
    ...(certificate !== undefined &&
      key !== undefined && {
        client: { certificate: readText(certificate, '--client-cert-file'), key: readText(key, '--client-key-file') },
      }),
    ...(proxy !== undefined && { proxy, noProxy: surroundings['NO_PROXY'] ?? surroundings['no_proxy'] }),
  };
};

const proxyFor = ({ protocol }: URL, flag: string | undefined, surroundings: Surroundings): string | undefined => {
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = flag ?? (surroundings[name] || surroundings[name.toLowerCase()] || undefined);
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new WrongSettings(`the proxy ${text} is no address such as http://proxy.internal:3128`);
};
