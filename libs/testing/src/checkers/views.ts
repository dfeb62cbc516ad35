import type { RecordedEvent } from '@testmesh/domain';
import { runView, runViewOf } from '@testmesh/runtime';
import { type StoredView, type Streams, type Violation, violation } from './evidence.ts';

export interface Views {
  readonly streams: Streams;
  readonly viewOf: (stream: string) => StoredView | undefined;
  /** Views of the same streams that were folded from the beginning by another projector. */
  readonly rebuiltOf?: (stream: string) => StoredView | undefined;
}

/** C5: a stored view is the fold of the journal, byte for byte, and so is one that was rebuilt beside it. */
export const views = ({ streams, viewOf, rebuiltOf }: Views): readonly Violation[] =>
  [...streams].flatMap(([stream, events]) =>
    runView.accepts(stream)
      ? [
          ...folded(stream, events, viewOf(stream), 'its view'),
          ...(rebuiltOf === undefined ? [] : folded(stream, events, rebuiltOf(stream), 'its rebuilt view')),
        ]
      : [],
  );

const decoder = new TextDecoder();

const folded = (
  stream: string,
  events: readonly RecordedEvent[],
  stored: StoredView | undefined,
  name: string,
): readonly Violation[] => {
  if (stored === undefined) return [violation('C5', stream, `${name} is missing`)];
  const state = runViewOf(stream, events);
  const differs = (what: string): readonly Violation[] => [
    violation('C5', stream, `${name} at version ${stored.ver} differs from its ${events.length} events in ${what}`),
  ];
  if (stored.ver !== events.length) return differs('the version');
  const bytes = runView.isWhole(state) ? decoder.decode(runView.bytes(state)) : undefined;
  if (bytes !== (stored.bytes && decoder.decode(stored.bytes))) return differs('the bytes');
  const columns = runView.columns(state);
  const wrong = Object.keys(stored.columns).find((column) => stored.columns[column] !== columns[column]);
  return wrong === undefined ? [] : differs(`the column ${wrong}`);
};
