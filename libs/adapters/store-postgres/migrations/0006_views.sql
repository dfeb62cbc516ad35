-- Up Migration
create table testmesh.projection_checkpoint (
  projector text primary key,
  cursor text not null,
  updated_at timestamptz not null default now()
);

-- Which projector's rows people see. A rebuild fills another set beside it; one update then shows that one.
create table testmesh.serving_views (
  view text primary key,
  projector text not null,
  since timestamptz not null default now()
);

create table testmesh.parked_streams (
  projector text not null,
  stream text not null,
  ver int not null,
  error text not null,
  parked_at timestamptz not null default now(),
  primary key (projector, stream)
);

-- One row per run and projector. Times are microseconds since 1970, as the journal counts them.
create table testmesh.run_view (
  projector text not null,
  stream text not null,
  ver int not null,
  workspace text not null,
  run_id text not null,
  flow_id text,
  flow_name text not null,
  file text not null,
  environment text,
  tags text[] not null default '{}',
  pool text not null default 'default',
  trigger_kind text not null default 'api',
  trigger_id text,
  requested_by text not null default '',
  status text not null,
  verdict text,
  reason text,
  error_code text,
  executor text,
  attempt int not null default 0,
  requested_at bigint not null,
  started_at bigint,
  finished_at bigint,
  duration_ms double precision,
  steps_total int not null default 0,
  steps_passed int not null default 0,
  steps_failed int not null default 0,
  steps_skipped int not null default 0,
  bytes bytea,
  sha256 text,
  search tsvector,
  primary key (projector, stream)
);
create index run_view_recent on testmesh.run_view (projector, workspace, run_id desc);
create index run_view_status on testmesh.run_view (projector, workspace, status, run_id desc);
create index run_view_verdict on testmesh.run_view (projector, workspace, verdict, run_id desc);
create index run_view_environment on testmesh.run_view (projector, workspace, environment, run_id desc);
create index run_view_flow on testmesh.run_view (projector, workspace, flow_id, run_id desc) where flow_id is not null;
create index run_view_trigger on testmesh.run_view (projector, trigger_id) where trigger_id is not null;
create index run_view_search on testmesh.run_view using gin (search);

create table testmesh.step_view (
  projector text not null,
  stream text not null,
  workspace text not null,
  run_id text not null,
  flow_name text not null,
  path text not null,
  step_id text not null,
  action text not null,
  status text not null,
  duration_ms double precision not null,
  error text,
  primary key (projector, stream, path)
);
-- The slowest steps of a flow's latest runs.
create index step_view_flow on testmesh.step_view (projector, workspace, flow_name, run_id desc);

-- Down Migration
drop table testmesh.step_view;
drop table testmesh.run_view;
drop table testmesh.parked_streams;
drop table testmesh.serving_views;
drop table testmesh.projection_checkpoint;
