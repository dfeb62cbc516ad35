import type { Envelope } from '@testmesh/domain';
import { canonicalJson, type Value } from '@testmesh/domain';
import type { JournalBatch } from '@testmesh/ports';

// How appends are cut to what one request may carry. The server refuses requests of 6 million characters.
const REQUEST = 3_000_000;

/** A part of a batch that one request carries. */
export interface Part {
  /** Which of the batches given it is of. */
  readonly of: number;
  readonly stream: string;
  readonly expectedVer: number;
  readonly epoch: number;
  readonly text: string;
  readonly events: readonly Envelope[];
}

/**
 * Batches as requests: parts of one batch come in order, each in a request of its own and always cut at the same places, so
 * that none is asked for before the one before it was taken.
 */
export const requestsOf = (batches: readonly JournalBatch[]): readonly (readonly Part[])[] => {
  const requests: Part[][] = [];
  let room = 0;
  for (const part of batches.flatMap(partsOf)) {
    if (part.text.length > room || requests.length === 0 || requests.at(-1)?.at(-1)?.of === part.of) {
      requests.push([]);
      room = REQUEST;
    }
    requests.at(-1)?.push(part);
    room -= part.text.length;
  }
  return requests;
};

const partsOf = ({ stream, expectedVer, epoch, events }: JournalBatch, of: number): readonly Part[] => {
  const parts: Part[] = [];
  let texts: string[] = [];
  let from = 0;
  let length = 0;
  const cut = (to: number): void => {
    const some = { text: `[${texts.join(',')}]`, events: events.slice(from, to) };
    parts.push({ of, stream, expectedVer: expectedVer + from, epoch, ...some });
    [texts, from, length] = [[], to, 0];
  };
  for (const [at, event] of events.entries()) {
    const text = canonicalJson(event as unknown as Value);
    if (length > 0 && length + text.length > REQUEST) cut(at);
    texts.push(text);
    length += text.length;
  }
  cut(events.length);
  return parts;
};
