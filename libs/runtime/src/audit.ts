import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@testmesh/domain';
import type { Journal } from '@testmesh/ports';
import { runView, runViewOf } from './run-view.ts';

/** What re-folding a run's history says of its stored view. */
export type AuditResult =
  | { readonly outcome: 'equal'; readonly sha256: string; readonly events: number }
  | { readonly outcome: 'different'; readonly folded: string; readonly stored: string; readonly events: number }
  /** The run has not ended, or its view is not written yet. */
  | { readonly outcome: 'open' | 'missing'; readonly events: number };

export interface AuditOptions {
  readonly journal: Pick<Journal, 'read'>;
  /** The stored view's bytes, or their sha256 where the bytes were let go of; undefined where there are none. */
  readonly stored: (runId: string) => Promise<Uint8Array | { readonly sha256: string } | undefined>;
}

/** Folds a run's history anew and compares the bytes with the stored view. */
export const audit = async (runId: string, { journal, stored }: AuditOptions): Promise<AuditResult> => {
  const stream = `run-${runId}`;
  const history: RecordedEvent[] = [];
  for await (const event of journal.read(stream)) history.push(event);
  const events = history.length;
  const state = runViewOf(stream, history);
  if (!runView.isWhole(state)) return { outcome: 'open', events };
  const view = await stored(runId);
  if (view === undefined) return { outcome: 'missing', events };
  const folded = sha256(runView.bytes(state));
  const kept = view instanceof Uint8Array ? sha256(view) : view.sha256;
  return folded === kept
    ? { outcome: 'equal', sha256: folded, events }
    : { outcome: 'different', folded, stored: kept, events };
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
