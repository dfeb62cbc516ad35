-- Up Migration
create table testmesh.schedules (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  description text not null default '',
  flow_id uuid references testmesh.flows on delete cascade,
  suite_id uuid references testmesh.suites on delete cascade,
  cron_expr text not null,
  timezone text not null default 'UTC',
  environment text,
  variables json not null default '{}',
  status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
  notify_on_failure boolean not null default false,
  notify_on_success boolean not null default false,
  notify_emails text[] not null default '{}',
  max_retries int not null default 0 check (max_retries between 0 and 10),
  retry_delay_ms int not null default 60000 check (retry_delay_ms >= 0),
  overlap text not null default 'skip' check (overlap in ('allow', 'skip', 'queue', 'cancel-previous')),
  misfire text not null default 'last' check (misfire in ('none', 'last', 'all')),
  tags text[] not null default '{}',
  created_by text not null,
  next_run_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((flow_id is null) <> (suite_id is null))
);
create index schedules_workspace on testmesh.schedules (workspace_id, created_at desc);
-- What the scheduler asks every second: whose time has come?
create index schedules_due on testmesh.schedules (next_run_at) where status = 'active';

create table testmesh.schedule_runs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  schedule_id uuid not null references testmesh.schedules on delete cascade,
  -- Null for a slot that was skipped; `error` says why.
  run_id text,
  error text,
  retry_count int not null default 0,
  manual boolean not null default false,
  scheduled_at timestamptz not null
);
create index schedule_runs_schedule on testmesh.schedule_runs (schedule_id, scheduled_at desc);
create unique index schedule_runs_run on testmesh.schedule_runs (run_id);
-- A slot fires once, however many schedulers see it.
create unique index schedule_runs_slot on testmesh.schedule_runs (schedule_id, scheduled_at, retry_count) where not manual;

-- Down Migration
drop table testmesh.schedule_runs;
drop table testmesh.schedules;
