import {
  type Envelope,
  type JournalMessage,
  type RecordedEvent,
  recordedEventOf,
  traceparentOf,
} from '@testmesh/domain';
import type { IHeaders, Message } from 'kafkajs';

// An event on Kafka: CloudEvents 1.0 in binary mode (Kafka protocol binding §3.2). The value is the journal's own bytes.

const SOURCE = 'testmesh/journal';

/** Keyed by its stream: events of one stream stay in one partition. */
export const messageOf = ({ stream, ver, at, chain, body }: JournalMessage): Message & { readonly value: Buffer } => {
  // Only what headers say is looked at, and no number of it needs more digits than a double has.
  const envelope = JSON.parse(body) as Envelope;
  const traceparent = traceparentOf(envelope);
  return {
    key: stream,
    value: Buffer.from(body),
    headers: {
      ce_specversion: '1.0',
      ce_id: envelope.id,
      ce_type: `testmesh.${envelope.type}`,
      ce_source: `${SOURCE}/${envelope.workspace}`,
      ce_subject: stream,
      ce_time: new Date(Math.floor(envelope.time / 1000)).toISOString(),
      'content-type': 'application/json',
      ...(traceparent !== undefined && { traceparent }),
      'tm-ver': String(ver),
      'tm-epoch': String(envelope.epoch),
      'tm-at': String(at),
      'tm-chain': chain,
    },
  };
};

/** The event in a message; throws when somebody else wrote it. */
export const eventOf = ({
  value,
  headers,
}: {
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
}): RecordedEvent => {
  const [ver, at] = [Number(header(headers, 'tm-ver')), Number(header(headers, 'tm-at'))];
  if (!Number.isSafeInteger(ver) || ver < 1 || !Number.isSafeInteger(at)) throw new Error('tm-ver or tm-at is missing');
  return recordedEventOf({ body: value?.toString() ?? '', ver, at, chain: header(headers, 'tm-chain') });
};

const header = (headers: IHeaders | undefined, name: string): string => {
  const value = headers?.[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? '' : first.toString();
};
