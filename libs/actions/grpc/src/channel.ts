import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import type { ActionContext } from '@testmesh/action-kit';
import type { GrpcCallConfig, TlsConfig } from './config.ts';
import { GrpcProblem } from './problem.ts';

type Tls = Exclude<TlsConfig, boolean>;

const PLAIN_TLS: Tls = { enabled: true, insecure: false };

/** The bare `host:port` of an address. */
export const hostPort = (address: string): string => address.replace(/^\w+:\/\//, '').replace(/\/$/, '');

/** One channel per run and target, closed with the run. */
export const openChannel = (config: GrpcCallConfig, { use, readFile }: ActionContext): Promise<Client> => {
  const tls = tlsOf(config);
  const target = hostPort(config.address);
  const key = JSON.stringify([target, config.max_message_size, tls ?? 'plain']);
  return use(
    { kind: 'grpc', key },
    async () =>
      new Client(target, await credentialsOf(tls, readFile), {
        'grpc.max_receive_message_length': config.max_message_size,
        // Trying again is the flow's business.
        'grpc.enable_retries': 0,
        'grpc.use_local_subchannel_pool': 1,
        ...(tls?.server_name !== undefined && {
          'grpc.ssl_target_name_override': tls.server_name,
          'grpc.default_authority': tls.server_name,
        }),
      }),
    async (client) => client.close(),
  );
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
