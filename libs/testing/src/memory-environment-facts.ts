import {
  auditOf,
  configEventVersion,
  configStream,
  type Envelope,
  type TestEnvironmentEvent,
  type TestEnvironmentState,
  testEnvironmentData,
  testEnvironmentEventVersion,
  testEnvironmentStream,
} from '@testmesh/domain';
import { eventId } from '@testmesh/runtime';
import type { MemoryJournal } from './memory-journal.ts';

interface Stands {
  readonly id: string;
  readonly workspace: string;
  readonly state: TestEnvironmentState;
  readonly ver: number;
}

/** What happened to environments, in their own streams and in the audits of their workspaces. */
export class MemoryEnvironmentFacts {
  readonly #journal: MemoryJournal;
  /** Nothing else writes into audits here. */
  readonly #auditVersions = new Map<string, number>();

  constructor(journal: MemoryJournal) {
    this.#journal = journal;
  }

  /** The version after it. */
  append({ id, workspace, state, ver }: Stands, facts: readonly TestEnvironmentEvent[], now: number): number {
    const stream = testEnvironmentStream(id);
    const common = { workspace, epoch: 0, time: now * 1000 };
    const idOf = (place: string, at: number): string => eventId(`${stream}/${place}`, 0, ver + 1 + at);
    const events = facts.map((event, at): Envelope => {
      const { type } = event;
      const own = {
        stream,
        type,
        sv: testEnvironmentEventVersion(type),
        actor: 'environments',
        data: testEnvironmentData(event),
      };
      return { id: idOf('keeper', at), ...common, ...own };
    });
    const after = this.#appended(stream, ver, events);
    const audit = configStream(workspace);
    const told = facts.flatMap((event, at): readonly Envelope[] => {
      const audited = state.status === 'absent' ? undefined : auditOf(id, state.spec, event);
      if (audited === undefined) return [];
      return [{ id: idOf('audit', at), stream: audit, sv: configEventVersion(audited.type), ...common, ...audited }];
    });
    if (told.length > 0) {
      const last = this.#auditVersions.get(workspace) ?? 0;
      this.#auditVersions.set(workspace, this.#appended(audit, last, told));
    }
    return after;
  }

  #appended(stream: string, expectedVer: number, events: readonly Envelope[]): number {
    const result = this.#journal.appendNow({ stream, expectedVer, epoch: 0, events });
    if (result.outcome !== 'applied') throw new Error(`the journal refused events of ${stream}: ${result.outcome}`);
    return result.ver;
  }
}
