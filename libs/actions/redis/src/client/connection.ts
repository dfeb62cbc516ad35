// One client per run, branch and address. Invariants:
// R1. A lost connection is told at once; the next step connects anew. Nothing is sent twice behind a step's back.
// R2. A command that is given up closes its connection: its answer must not be waited for by the next step.
// R3. Who asks (AUTH, SELECT) is settled before the first command, so a refusal is told as such.
import { createHash } from 'node:crypto';
import { connect as connectTcp, type NetConnectOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type ActionContext, type ActionOutcome, abortable } from '@testmesh/action-kit';
import type { ValueMap } from '@testmesh/domain';
import { judged } from '@testmesh/outbound';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { Connection } from '../schema/values.ts';
import { type Address, addressOf, shownAddress } from './address.ts';
import { describeFailure, type NotCarriedOut } from './failure.ts';

const CONNECT_TIMEOUT_MS = 5000;

export interface Place {
  readonly address: Address;
  /** For people and errors; without user and password. */
  readonly at: string;
  /** Tells apart what may not share a client. */
  readonly key: string;
  readonly options: RedisOptions;
}

/** Where the config points to; marks the password as a secret. */
export const placeOf = async (config: Connection, context: ActionContext): Promise<Place | NotCarriedOut> => {
  const address = addressOf(config);
  if (address === undefined)
    return { kind: 'not-carried-out', code: 'TM4301', reason: 'the url is not a Redis address: redis://host:6379/0' };
  if (address.password) context.secret(address.password);
  const at = shownAddress(address);
  const credentials = JSON.stringify([context.runId, address.username, address.password, address.secure, config.tls]);
  const suffix = createHash('sha256').update(credentials).digest('hex').slice(0, 12);
  return { address, at, key: `${at}#${suffix}`, options: await optionsOf(address, config, context) };
};

const optionsOf = async (address: Address, { tls }: Connection, context: ActionContext): Promise<RedisOptions> => {
  const ca = tls?.ca_file === undefined ? undefined : await context.readFile(tls.ca_file);
  const secure = {
    rejectUnauthorized: !tls?.insecure_skip_verify,
    servername: tls?.server_name ?? address.host,
    ...(ca && { ca: Buffer.from(ca) }),
  };
  return {
    ...(address.path === undefined ? { host: address.host, port: address.port } : { path: address.path }),
    ...(address.secure && { tls: secure }),
    ...(context.outbound !== undefined && { Connector: judgedConnector(context.outbound) }),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disableClientInfo: true,
    stringNumbers: true, // integers are 64 bits wide
  };
};

/** Makes connections that keep to the policy. */
const judgedConnector = (outbound: NonNullable<ActionContext['outbound']>) =>
  class extends AbstractConnector {
    readonly #options: RedisOptions;

    constructor(options: unknown) {
      super(CONNECT_TIMEOUT_MS);
      this.#options = options as RedisOptions;
    }

    override async connect(): Promise<Socket> {
      const { host, port, path, tls } = this.#options;
      const place = judged(outbound, path === undefined ? { host, port } : { path });
      this.connecting = true;
      const stream =
        tls === undefined ? connectTcp(place as NetConnectOpts) : connectTls({ ...place, ...tls } as ConnectionOptions);
      this.stream = stream;
      stream.once('error', (error: Error) => {
        this.firstError = error;
      });
      return stream;
    }

    // The driver waits for the close of a stream that may have closed before.
    override disconnect(): void {
      this.connecting = false;
      if (this.stream?.destroyed === false) super.disconnect();
    }
  };

/** A connected client; rejects with the cause, not with what the driver makes of it. */
export const connect = async ({ options, address }: Place): Promise<Redis> => {
  const redis = new Redis(options);
  await open(redis, address);
  return redis;
};

const open = async (redis: Redis, { username, password, db }: Address): Promise<void> => {
  let cause: unknown;
  const note = (error: unknown) => {
    cause ??= error;
  };
  redis.on('error', note); // ioredis reports the cause here and rejects with "Connection is closed."
  try {
    await redis.connect();
    if (password !== undefined) await redis.call('AUTH', ...(username === undefined ? [] : [username]), password);
    if (db !== 0) await redis.call('SELECT', String(db));
  } catch (error) {
    redis.disconnect();
    throw cause ?? error;
  } finally {
    redis.off('error', note);
    redis.on('error', () => {}); // every later failure reaches the command that met it
  }
};

/** The run's client, connected anew when its connection was lost. */
const clientAt = async (place: Place, context: ActionContext): Promise<Redis> => {
  const redis = await context.use(
    { kind: 'redis', key: place.key, scope: 'branch' },
    () => connect(place),
    async (opened) => opened.disconnect(),
  );
  if (redis.status === 'ready') return redis;
  await context.release('redis', place.key);
  return clientAt(place, context);
};

/** Carries one command out within the step's and the config's time. */
export const withRedis = async (
  config: Connection,
  context: ActionContext,
  { doing, command }: { doing: string; command: (redis: Redis) => Promise<ValueMap | NotCarriedOut> },
): Promise<ActionOutcome> => {
  const place = await placeOf(config, context);
  if ('kind' in place) return place;
  const startedAt = context.clock.monotonic();
  const deadline = AbortSignal.timeout(config.timeout);
  const signal = AbortSignal.any([context.signal, deadline]);
  let redis: Redis | undefined;
  try {
    redis = await abortable(clientAt(place, context), signal);
    const output = await abortable(command(redis), signal);
    return isNotCarriedOut(output)
      ? output
      : { kind: 'completed', output: { ...output, duration_ms: context.clock.monotonic() - startedAt } };
  } catch (error) {
    if (signal.aborted) redis?.disconnect();
    context.signal.throwIfAborted();
    if (deadline.aborted) return tookTooLong(place.at, doing, config.timeout);
    return describeFailure(error, { at: place.at, doing });
  }
};

const isNotCarriedOut = (output: ValueMap | NotCarriedOut): output is NotCarriedOut =>
  output['kind'] === 'not-carried-out';

const tookTooLong = (at: string, doing: string, timeoutMs: number): NotCarriedOut => ({
  kind: 'not-carried-out',
  code: 'ETIMEDOUT',
  reason: `Redis at ${at} did not answer ${doing} within ${timeoutMs} ms`,
});
