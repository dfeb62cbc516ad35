import { type Envelope, parseJson, type RecordedEvent } from '@testmesh/domain';

/** A row of `journal.events`; int8 arrives as text. */
export interface EventRow {
  readonly ver: number;
  readonly at: string;
  readonly chain: string;
  readonly body: string;
}

/** The columns of an EventRow. Bytes would come as hexadecimal digits, and be read twice. */
export const EVENT_COLUMNS = `ver, at, encode(chain, 'hex') as chain, convert_from(body, 'UTF8') as body`;

export const recordedEvent = ({ ver, at, chain, body }: EventRow): RecordedEvent =>
  Object.assign(parseJson(body) as unknown as Envelope, { ver, at: Number(at), chain });
