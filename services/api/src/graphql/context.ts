import type { Caller } from '../http/route.ts';
import type { HistoryAllowance } from './history-allowance.ts';
import type { Loaders } from './loaders.ts';

/** What the fields of one request share. */
export interface GraphContext {
  readonly caller: Caller;
  readonly loaders: Loaders;
  readonly allowance: HistoryAllowance;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** Where the reader of a stream was, when it says so; stronger than `after`. */
  readonly lastEventId: number | undefined;
  /** Called with what a reader may resume from, before it is sent. */
  readonly sending: (seq: number) => void;
}
