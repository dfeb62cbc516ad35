-- Up Migration
create table testmesh.datasets (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  description text not null default '',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index datasets_name on testmesh.datasets (workspace_id, name) where deleted_at is null;

-- Every version that ever was current; its rows lie among the bodies.
create table testmesh.dataset_versions (
  dataset_id uuid not null references testmesh.datasets on delete cascade,
  version int not null,
  columns text[] not null,
  row_count int not null,
  size_bytes int not null,
  blob text not null,
  author text not null,
  created_at timestamptz not null default now(),
  primary key (dataset_id, version)
);

create table testmesh.dataset_runs (
  id uuid primary key,
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  dataset_id uuid not null references testmesh.datasets on delete cascade,
  dataset_version int not null,
  flow_id uuid not null,
  environment text,
  variables json not null default '{}',
  -- Column -> variable; a column that is not named goes under its own name.
  mapping json not null default '{}',
  at_once int not null check (at_once between 1 and 100),
  stop_on_failure boolean not null,
  requested_by text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index dataset_runs_dataset on testmesh.dataset_runs (dataset_id, created_at desc);
create index dataset_runs_open on testmesh.dataset_runs (created_at) where ended_at is null;

-- One run per row; its id is chosen before it is asked for.
create table testmesh.dataset_run_rows (
  dataset_run_id uuid not null references testmesh.dataset_runs on delete cascade,
  row_number int not null,
  run_id text not null,
  asked boolean not null default false,
  error text,
  verdict text,
  primary key (dataset_run_id, row_number)
);
create unique index dataset_run_rows_run on testmesh.dataset_run_rows (run_id);

-- Down Migration
drop table testmesh.dataset_run_rows;
drop table testmesh.dataset_runs;
drop table testmesh.dataset_versions;
drop table testmesh.datasets;
