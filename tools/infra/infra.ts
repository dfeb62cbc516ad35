// The infrastructure that flows, tests and benchmarks run against: what is given is used, the rest is started here.
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Address, Again, Message, Missing, PieceName, Progress, Request } from './vocabulary.ts';

export type Infra = {
  readonly postgres?: { readonly url: string; readonly pid?: number };
  readonly kafka?: { readonly brokers: string; readonly pid?: number };
  readonly redis?: { readonly url: string; readonly pid?: number };
  readonly docker?: { readonly host: string; readonly pid?: number };
  readonly mysql?: { readonly url: string; readonly pid?: number };
  readonly kubernetes?: { readonly kubeconfig: string; readonly pid?: number };
  readonly unavailable: readonly Missing[];
  /** Starts a piece of ours again, killed or not, at its address and with its data; its new process id, once it answers. */
  readonly restart: (name: PieceName) => Promise<number | undefined>;
  readonly stop: () => Promise<void>;
};

export type InfraOptions = {
  readonly need: readonly PieceName[];
  readonly ports?: Request['ports'];
  readonly ownOnly?: boolean;
  readonly kafkaProperties?: Request['kafkaProperties'];
  readonly onProgress?: (progress: Progress) => void;
};

type Pieces = Partial<Record<PieceName, Address>>;

const infraOf = (pieces: Pieces, unavailable: readonly Missing[], control: Pick<Infra, 'restart' | 'stop'>): Infra => {
  const named = <K extends string>(key: K, piece: Address | undefined) => {
    if (piece === undefined) return undefined;
    const { address, ...rest } = piece;
    return { [key]: address, ...rest } as { readonly [Key in K]: string } & { readonly pid?: number };
  };
  const [postgres, kafka, redis] = [
    named('url', pieces.postgres),
    named('brokers', pieces.kafka),
    named('url', pieces.redis),
  ];
  const [docker, mysql] = [named('host', pieces.docker), named('url', pieces.mysql)];
  const kubernetes = named('kubeconfig', pieces.kubernetes);
  return {
    ...(postgres && { postgres }),
    ...(kafka && { kafka }),
    ...(redis && { redis }),
    ...(docker && { docker }),
    ...(mysql && { mysql }),
    ...(kubernetes && { kubernetes }),
    unavailable,
    ...control,
  };
};

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

const startSupervisor = (): ChildProcess =>
  fork(path.join(import.meta.dirname, 'supervisor.ts'), {
    detached: true, // a session of its own: what ends our process group must not end it before it has cleaned up
    execArgv: ['--disable-warning=TimeoutNegativeWarning'], // kafkajs arms timers in the past
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

const restarted = (supervisor: ChildProcess, piece: PieceName): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const hear = (message: Message): void => {
      if (message.type === 'ready' && message.piece === piece) settle(() => resolve(message.at.pid));
      if (message.type === 'missing' && message.missing.name === piece)
        settle(() => reject(new Error(`${piece} did not start again: ${message.missing.reason}`)));
    };
    const gone = (): void => settle(() => reject(new Error("the infrastructure's supervisor is gone")));
    const settle = (then: () => void): void => {
      supervisor.off('message', hear);
      supervisor.off('exit', gone);
      then();
    };
    supervisor.on('message', hear);
    supervisor.once('exit', gone);
    supervisor.send({ again: piece } satisfies Again);
  });

/** Brings up the pieces side by side; what cannot be had is in `unavailable`. Nothing outlives this process. */
export const startInfra = async (options: InfraOptions): Promise<Infra> => {
  const { need, ports = {}, ownOnly = false, kafkaProperties, onProgress } = options;
  const supervisor = startSupervisor();
  const stop = async () => {
    if (supervisor.connected) supervisor.disconnect();
    await exited(supervisor);
  };
  const pieces: Pieces = {};
  const unavailable: Missing[] = [];
  await new Promise<void>((resolve, reject) => {
    supervisor.on('message', (message: Message) => {
      if (message.type === 'progress') onProgress?.(message.progress);
      if (message.type === 'ready') pieces[message.piece] = message.at;
      if (message.type === 'missing') unavailable.push(message.missing);
      if (message.type === 'settled') resolve();
    });
    supervisor.once('error', reject);
    supervisor.once('exit', (code) => reject(new Error(`the infrastructure's supervisor ended with code ${code}`)));
    supervisor.send({ need, ports, ownOnly, kafkaProperties } satisfies Request);
  });
  return infraOf(pieces, unavailable, { restart: (name) => restarted(supervisor, name), stop });
};
