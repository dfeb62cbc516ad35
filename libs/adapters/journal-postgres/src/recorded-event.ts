import { type Envelope, parseJson, type RecordedEvent } from '@testmesh/domain';

/** A row of `journal.events`; int8 arrives as text. */
export interface EventRow {
  readonly ver: number;
  readonly at: string;
  readonly chain: Buffer;
  readonly body: Buffer;
}

/** The columns of an EventRow. */
export const EVENT_COLUMNS = 'ver, at, chain, body';

export const recordedEvent = ({ ver, at, chain, body }: EventRow): RecordedEvent => ({
  ...(parseJson(body.toString('utf8')) as unknown as Envelope),
  ver,
  at: Number(at),
  chain: chain.toString('hex'),
});
