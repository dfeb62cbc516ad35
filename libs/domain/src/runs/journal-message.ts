import { canonicalJson } from '../values/canonical-json.ts';
import { parseJson } from '../values/json.ts';
import type { Value } from '../values/value.ts';
import type { Envelope, RecordedEvent } from './envelope.ts';

/** A recorded event whose envelope stays the text that the journal keeps and chains: for whoever only passes it on. */
export interface JournalMessage extends Pick<RecordedEvent, 'stream' | 'ver' | 'at' | 'chain'> {
  /** The envelope's canonical JSON. */
  readonly body: string;
}

export const journalMessageOf = ({ ver, at, chain, ...envelope }: RecordedEvent): JournalMessage => ({
  stream: envelope.stream,
  ver,
  at,
  chain,
  body: canonicalJson(envelope as unknown as Value),
});

/** The event in a message; throws SyntaxError where its body is no JSON. */
export const recordedEventOf = ({ body, ver, at, chain }: Omit<JournalMessage, 'stream'>): RecordedEvent => ({
  ...(parseJson(body) as unknown as Envelope),
  ver,
  at,
  chain,
});
