import { connect } from 'node:net';

export interface Conversation {
  readonly host: string;
  readonly port: number;
  /** What to say once connected; nothing for protocols where the server speaks first. */
  readonly say?: Uint8Array;
  /** Whether enough has been heard. */
  readonly enough: (heard: Buffer) => boolean;
  /** How long silence may last; then what was heard counts. */
  readonly patienceMs: number;
}

export type Heard =
  | { readonly kind: 'heard'; readonly bytes: Buffer }
  /** Connected, and still connected when patience ran out. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'refused'; readonly code: string };

/** Connects, says something and listens, for as long as it takes to know whether a server is there. */
export const converse = ({ host, port, say, enough, patienceMs }: Conversation, signal: AbortSignal): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let heard = Buffer.alloc(0);
    const end = (): void => {
      clearTimeout(patience);
      signal.removeEventListener('abort', stop);
      socket.destroy();
    };
    const stop = (): void => {
      end();
      reject(signal.reason);
    };
    const settle = (outcome: Heard): void => {
      end();
      resolve(outcome);
    };
    const patience = setTimeout(
      () => settle(socket.connecting ? { kind: 'refused', code: 'ETIMEDOUT' } : { kind: 'silent' }),
      patienceMs,
    );
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.on('connect', () => say && socket.write(say));
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes]);
      if (enough(heard)) settle({ kind: 'heard', bytes: heard });
    });
    socket.on('close', () => settle(heard.length > 0 ? { kind: 'heard', bytes: heard } : { kind: 'closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'refused', code: error.code ?? error.message }),
    );
  });

/** Why nothing was heard, in words. */
export const silence = (outcome: Exclude<Heard, { kind: 'heard' }>): string => {
  if (outcome.kind === 'refused') return `the connection failed (${outcome.code})`;
  return outcome.kind === 'closed'
    ? 'the connection was closed at once'
    : 'it accepted the connection and said nothing';
};
