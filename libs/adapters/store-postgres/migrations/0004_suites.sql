-- Up Migration
create table testmesh.suites (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  description text not null default '',
  tags text[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index suites_name on testmesh.suites (workspace_id, name) where deleted_at is null;

create table testmesh.suite_flows (
  suite_id uuid not null references testmesh.suites on delete cascade,
  flow_id uuid not null references testmesh.flows on delete cascade,
  position int not null,
  parallel boolean not null default false,
  primary key (suite_id, flow_id)
);

create table testmesh.suite_runs (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  suite_id uuid not null references testmesh.suites on delete cascade,
  environment text,
  variables json not null default '{}',
  trigger_kind text not null default 'api',
  trigger_id text,
  requested_by text not null,
  created_at timestamptz not null default now()
);
create index suite_runs_suite on testmesh.suite_runs (suite_id, created_at desc);

-- Which run plays which part, once it was asked for; how it went stands in the runs' own view.
create table testmesh.suite_run_members (
  suite_run_id uuid not null references testmesh.suite_runs on delete cascade,
  flow_id uuid not null,
  place int not null,
  position int not null,
  parallel boolean not null,
  run_id text,
  error text,
  primary key (suite_run_id, flow_id)
);
create index suite_run_members_waiting on testmesh.suite_run_members (suite_run_id) where run_id is null and error is null;

-- Down Migration
drop table testmesh.suite_run_members;
drop table testmesh.suite_runs;
drop table testmesh.suite_flows;
drop table testmesh.suites;
