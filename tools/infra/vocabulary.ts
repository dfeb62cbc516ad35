// The words of this folder. Read this file first; it has no behaviour but the error at its end.
export const pieceNames = ['postgres', 'kafka', 'redis', 'docker', 'mysql', 'kubernetes'] as const;
export type PieceName = (typeof pieceNames)[number];

/** What a person is told while a piece is being had. */
export type Progress = { readonly piece: PieceName; readonly message: string };

/** A piece that could not be had, and what a person can do about it. */
export type Missing = { readonly name: PieceName; readonly reason: string; readonly howToGet: string };

/** A piece that answers. `pid` only where we started it: a test may kill it. */
export type Address = { readonly address: string; readonly pid?: number };

export type Request = {
  readonly need: readonly PieceName[];
  /** Wished ports; a piece without one gets a free port. */
  readonly ports: Readonly<Partial<Record<PieceName, number>>>;
  /** `TESTMESH_INFRA_*` settings are ignored: tests that kill servers start their own. */
  readonly ownOnly: boolean;
  /** Of a broker of ours: its settings beyond the usual ones; listeners come beside those it has. */
  readonly kafkaProperties?: Readonly<Record<string, string>> | undefined;
};

/** A piece of ours that was killed is started again, where it was and with the data it had. */
export type Again = { readonly again: PieceName };

/** What one piece is given to work with. */
export type Site = {
  readonly cache: string;
  /** A folder of this piece, fresh at its first start, removed when the infrastructure stops. */
  readonly folder: string;
  readonly port: number | undefined;
  /** Settings beyond the usual ones, for a piece that takes any. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
  /** Aborted when nobody waits for the piece any more. */
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
};

export type Running = Address & { readonly stop: () => Promise<void> };

export type Message =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'ready'; readonly piece: PieceName; readonly at: Address }
  | { readonly type: 'missing'; readonly missing: Missing }
  | { readonly type: 'settled' };

/** Thrown by a piece that cannot be had here. */
export class Unavailable extends Error {
  readonly howToGet: string;

  constructor(reason: string, howToGet: string, cause?: unknown) {
    super(reason, { cause });
    this.howToGet = howToGet;
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
