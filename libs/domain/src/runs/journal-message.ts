import { canonicalJson, parseJson } from '../values/json.ts';
import type { Value } from '../values/value.ts';
import type { Envelope, RecordedEvent } from './envelope.ts';

/** A recorded event whose envelope stays the bytes that the journal keeps and chains: for whoever only passes it on. */
export interface JournalMessage extends Pick<RecordedEvent, 'stream' | 'ver' | 'at' | 'chain'> {
  /** The envelope's canonical JSON, UTF-8. */
  readonly bytes: Uint8Array;
}

export const journalMessageOf = ({ ver, at, chain, ...envelope }: RecordedEvent): JournalMessage => ({
  stream: envelope.stream,
  ver,
  at,
  chain,
  bytes: new TextEncoder().encode(canonicalJson(envelope as unknown as Value)),
});

/** The event in a message; throws SyntaxError where its bytes are no JSON. */
export const recordedEventOf = ({ bytes, ver, at, chain }: Omit<JournalMessage, 'stream'>): RecordedEvent => ({
  ...(parseJson(new TextDecoder().decode(bytes)) as unknown as Envelope),
  ver,
  at,
  chain,
});
