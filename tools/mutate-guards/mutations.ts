// The guards that everything rests on, each with what takes it away and the suite that must notice.

export interface Mutation {
  readonly guard: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  readonly project: 'unit' | 'integration';
  /** The suites that must notice, as a pattern of paths. */
  readonly suites: string;
  /** Only the tests of this name, where the suite has long ones that look elsewhere. */
  readonly tests?: string;
}

const APPEND = 'libs/adapters/journal-postgres/migrations/0003_append.sql';
const CONTRACTS = 'libs/adapters/journal-postgres/src/contracts.int.spec';

export const mutations: readonly Mutation[] = [
  {
    guard: 'epoch check, PostgreSQL',
    file: APPEND,
    from: 'if p_epochs[batch] < v_head.epoch then',
    to: 'if false then',
    project: 'integration',
    suites: CONTRACTS,
    tests: 'keeps the journal contract',
  },
  {
    guard: 'already_applied branch, PostgreSQL',
    file: APPEND,
    from: 'if p_counts[batch] > 0 and p_ids',
    to: 'if false and p_ids',
    project: 'integration',
    suites: CONTRACTS,
    tests: 'keeps the journal contract',
  },
  {
    guard: 'end of a stream, PostgreSQL',
    file: APPEND,
    from: '\n    elsif v_head.terminal then',
    to: '\n    elsif false then',
    project: 'integration',
    suites: CONTRACTS,
    tests: 'keeps the journal contract',
  },
  {
    guard: 'snapshot horizon, PostgreSQL',
    file: 'libs/adapters/journal-postgres/src/postgres-feed.ts',
    from: ' and xid < pg_snapshot_xmin(pg_current_snapshot())',
    to: '',
    project: 'integration',
    suites: 'libs/adapters/journal-postgres/src/postgres-feed.int.spec',
    tests: 'holds back what began after it',
  },
  {
    guard: 'owner of a heartbeat, PostgreSQL',
    file: 'libs/adapters/journal-postgres/src/postgres-queue.ts',
    from: 'where q.owner = $1 order by',
    to: "where $1 <> '' order by",
    project: 'integration',
    suites: CONTRACTS,
    tests: 'keeps the queue contract',
  },
  {
    guard: 'checkpoint CAS, PostgreSQL',
    file: 'libs/adapters/store-postgres/migrations/0170_views_in_one_row.sql',
    from: 'where projector = p_projector and cursor = p_expected;',
    to: 'where projector = p_projector;',
    project: 'integration',
    suites: 'libs/adapters/store-postgres/src/views.int.spec',
  },
  {
    guard: 'epoch check, memory',
    file: 'libs/testing/src/memory-journal.ts',
    from: 'if (epoch < stream.epoch) return',
    to: 'if (epoch < 0) return',
    project: 'unit',
    suites: 'libs/testing/src/memory-journal.spec',
  },
  {
    guard: 'already_applied branch, memory',
    file: 'libs/testing/src/memory-journal.ts',
    from: 'if (repeated) return',
    to: 'if (repeated && terminal && !terminal) return',
    project: 'unit',
    suites: 'libs/testing/src/memory-journal.spec',
  },
  {
    guard: 'checkpoint CAS, memory',
    file: 'libs/testing/src/memory-views.ts',
    from: 'if (set.cursor !== expected) return false;',
    to: '',
    project: 'unit',
    suites: 'libs/testing/src/memory-views.spec',
  },
  {
    guard: 'already_applied branch of the writer',
    file: 'libs/runtime/src/write-behind.ts',
    from: "      case 'already_applied':\n",
    to: '',
    project: 'unit',
    suites: 'libs/runtime/src/write-behind.spec',
  },
  {
    guard: 'version gate of the projector',
    file: 'libs/runtime/src/projector.ts',
    from: 'if (this.error !== undefined || event.ver !== this.ver + 1) return;',
    to: 'if (this.error !== undefined) return;',
    project: 'unit',
    suites: 'libs/runtime/src/projector.spec',
  },
  {
    guard: "the lease keeper's own fence",
    file: 'libs/runtime/src/lease-keeper.ts',
    from: 'if (held.askedAt <= oldest) lose',
    to: 'if (held.askedAt < 0 && oldest < 0) lose',
    project: 'unit',
    suites: 'libs/runtime/src/lease-keeper.spec',
  },
];
