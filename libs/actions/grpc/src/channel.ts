import { isIP } from 'node:net';
import { type ChannelCredentials, type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import type { ActionContext } from '@testmesh/action-kit';
import { judgedAddresses, refusalWithin } from '@testmesh/outbound';
import type { GrpcCallConfig, TlsConfig } from './config.ts';
import { GrpcProblem } from './problem.ts';

type Tls = Exclude<TlsConfig, boolean>;

const PLAIN_TLS: Tls = { enabled: true, insecure: false };

/** The bare `host:port` of an address. */
export const hostPort = (address: string): string => address.replace(/^\w+:\/\//, '').replace(/\/$/, '');

/** One channel per run and target, closed with the run. */
export const openChannel = (config: GrpcCallConfig, { use, readFile, outbound }: ActionContext): Promise<Client> => {
  const tls = tlsOf(config);
  const target = hostPort(config.address);
  const key = JSON.stringify([target, config.max_message_size, tls ?? 'plain']);
  return use(
    { kind: 'grpc', key },
    async () => {
      const judged = outbound === undefined ? { target } : await judgedTarget(target, outbound);
      return new Client(judged.target, await credentialsOf(tls, readFile), {
        'grpc.max_receive_message_length': config.max_message_size,
        // Trying again is the flow's business.
        'grpc.enable_retries': 0,
        'grpc.use_local_subchannel_pool': 1,
        ...judged.options,
        ...(tls?.server_name !== undefined && {
          'grpc.ssl_target_name_override': tls.server_name,
          'grpc.default_authority': tls.server_name,
        }),
      });
    },
    async (client) => client.close(),
  );
};

interface JudgedTarget {
  readonly target: string;
  readonly options?: ChannelOptions;
}

/** The driver looks names up by itself, again and again: it is given the addresses that were judged instead. */
const judgedTarget = async (
  target: string,
  outbound: NonNullable<ActionContext['outbound']>,
): Promise<JudgedTarget> => {
  const [, host, port] = /^(\[[0-9a-fA-F:.%]+\]|[\w.-]+):(\d{1,5})$/.exec(target) ?? [];
  if (host === undefined || port === undefined)
    throw new GrpcProblem('TM4801', `a server connects to host:port for a flow, not to ${target}`);
  try {
    const found = await judgedAddresses(outbound, host);
    const [{ family } = { family: 4 }] = found;
    const places = found.filter((one) => one.family === family);
    const shown = places.map(({ address }) => (family === 6 ? `[${address}]:${port}` : `${address}:${port}`));
    const name = isIP(host.replace(/^\[|\]$/g, '')) === 0 ? { 'grpc.ssl_target_name_override': host } : {};
    const options = { 'grpc.default_authority': target, ...name };
    return { target: `ipv${family}:${shown.join(',')}`, options };
  } catch (error) {
    const refusal = refusalWithin(error);
    if (refusal !== undefined) throw new GrpcProblem(refusal.code, refusal.reason, refusal.help);
    throw new GrpcProblem((error as NodeJS.ErrnoException).code ?? 'TM4801', `the host name ${host} is not known`);
  }
};

const tlsOf = ({ address, tls }: GrpcCallConfig): Tls | undefined => {
  if (typeof tls === 'object') return tls.enabled ? tls : undefined;
  return (tls ?? /^(?:grpcs|https):/.test(address)) ? PLAIN_TLS : undefined;
};

const credentialsOf = async (
  tls: Tls | undefined,
  readFile: ActionContext['readFile'],
): Promise<ChannelCredentials> => {
  if (tls === undefined) return credentials.createInsecure();
  const pem = async (given: string | undefined): Promise<Buffer | null> => {
    if (given === undefined) return null;
    return given.includes('-----BEGIN') ? Buffer.from(given) : Buffer.from(await readFile(given));
  };
  if ((tls.cert === undefined) !== (tls.key === undefined))
    throw new GrpcProblem('TM4407', 'tls: a client certificate needs both `cert` and `key`');
  const [ca, key, cert] = await Promise.all([pem(tls.ca), pem(tls.key), pem(tls.cert)]);
  try {
    return credentials.createSsl(ca, key, cert, tls.insecure ? { rejectUnauthorized: false } : {});
  } catch (error) {
    throw new GrpcProblem('TM4407', `tls: the certificates cannot be used: ${(error as Error).message}`);
  }
};
