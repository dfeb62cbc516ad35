-- Up Migration
-- Runs that have not ended. Every change commits together with its event.
create table journal.run_queue (
  run_id text primary key,
  workspace text not null,
  pool text not null,
  priority int not null default 0,
  seq bigint generated always as identity,
  enqueued timestamptz not null default clock_timestamp(),
  state text not null default 'queued' check (state in ('queued', 'running', 'parked')),
  -- How often it was claimed; the owner's fencing token.
  epoch int not null default 0,
  owner text,
  lease_until timestamptz,
  attempts int not null default 0,
  not_before timestamptz not null default '-infinity',
  cancelled_by text,
  parked_for text,
  exclusive text[] not null default '{}',
  check ((state = 'running') = (owner is not null and lease_until is not null)),
  check ((state = 'parked') = (parked_for is not null))
);
create index run_queue_waiting on journal.run_queue (pool, workspace, priority desc, seq) where state = 'queued';
create index run_queue_waiting_exclusive on journal.run_queue (workspace) where state = 'queued' and exclusive <> '{}';
create index run_queue_running on journal.run_queue (workspace) where state = 'running';
create index run_queue_leases on journal.run_queue (lease_until) where state = 'running';

create table journal.workspace_limits (
  workspace text primary key,
  max_running int not null check (max_running >= 0)
);

-- When a workspace was last given an executor: of two with as many runs going, the one that waited longer is next.
create sequence journal.turn;
create table journal.workspace_turns (
  workspace text primary key,
  served bigint not null default 0
);

-- Down Migration
drop table journal.workspace_turns;
drop sequence journal.turn;
drop table journal.workspace_limits;
drop table journal.run_queue;
