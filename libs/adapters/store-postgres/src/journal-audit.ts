import { randomUUID } from 'node:crypto';
import { configEventVersion, configStream, type Envelope } from '@testmesh/domain';
import type { AppendResult, Clock, JournalBatch } from '@testmesh/ports';
import type pg from 'pg';
import type { AuditAppend, AuditEvent } from './audited-store.ts';

/** The journal's append, as part of somebody else's transaction. */
export type AppendWithin = (
  client: pg.ClientBase,
  batches: readonly JournalBatch[],
) => Promise<readonly AppendResult[]>;

/** Tells the journal of changes. */
export const journalAudit =
  (append: AppendWithin, clock: Pick<Clock, 'now'>): AuditAppend =>
  (client, event) => {
    const events = [envelopeOf(event, Math.round(clock.now() * 1000))];
    return appendAtVersionFound(append, client, { stream: configStream(event.workspace), epoch: 0, events });
  };

/** Appends where a stream ends: its version is found by asking, and the answer locks it. */
export const appendAtVersionFound = async (
  append: AppendWithin,
  client: pg.ClientBase,
  batch: Omit<JournalBatch, 'expectedVer'>,
): Promise<void> => {
  const attempt = async (expectedVer: number) => {
    const [result] = await append(client, [{ ...batch, expectedVer }]);
    return result;
  };
  const first = await attempt(0);
  const last = first?.outcome === 'conflict' ? await attempt(first.ver) : first;
  if (last?.outcome === 'applied') return;
  const types = batch.events.map(({ type }) => type).join(', ');
  throw new Error(`the journal did not take ${types} into ${batch.stream}: ${last?.outcome ?? 'no answer'}`);
};

const envelopeOf = ({ workspace, actor, type, data }: AuditEvent, time: number): Envelope => ({
  id: randomUUID(),
  stream: configStream(workspace),
  type,
  sv: configEventVersion(type),
  workspace,
  epoch: 0,
  actor,
  time,
  data,
});
