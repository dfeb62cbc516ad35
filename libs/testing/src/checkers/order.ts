import { createHash } from 'node:crypto';
import { canonicalJson, type Envelope, type RecordedEvent, type Value } from '@testmesh/domain';
import { type Streams, type Violation, violation } from './evidence.ts';

/** C3: versions without gaps, no id twice, no event of an epoch after one of a later epoch, a chain that was never broken. */
export const order = (streams: Streams): readonly Violation[] => [
  ...[...streams].flatMap(([stream, events]) => [...sequence(stream, events), ...chain(stream, events)]),
  ...identities(streams),
];

const sequence = (stream: string, events: readonly RecordedEvent[]): readonly Violation[] =>
  events.flatMap((event, at) => {
    const before = events[at - 1];
    const found: Violation[] = [];
    if (event.ver !== at + 1) found.push(violation('C3', stream, `version ${event.ver} at place ${at + 1}`));
    if (before !== undefined && event.epoch < before.epoch) {
      found.push(violation('C3', stream, `${event.type} of epoch ${event.epoch} after one of ${before.epoch}`));
    }
    return found;
  });

/** Only the first break is told: everything after it follows from it. */
const chain = (stream: string, events: readonly RecordedEvent[]): readonly Violation[] => {
  let link = '';
  for (const event of events) {
    link = createHash('sha256')
      .update(link)
      .update(canonicalJson(envelopeOf(event)))
      .digest('hex');
    if (link !== event.chain) return [violation('C3', stream, `the chain breaks at version ${event.ver}`)];
  }
  return [];
};

const envelopeOf = ({ ver: _ver, at: _at, chain: _chain, ...envelope }: RecordedEvent): Value =>
  envelope satisfies Envelope as unknown as Value;

const identities = (streams: Streams): readonly Violation[] => {
  const first = new Map<string, string>();
  const found: Violation[] = [];
  for (const [stream, events] of streams) {
    for (const { id, ver } of events) {
      const place = first.get(id);
      if (place === undefined) first.set(id, `${stream}@${ver}`);
      else found.push(violation('C3', stream, `version ${ver} has the id of ${place}: ${id}`));
    }
  }
  return found;
};
