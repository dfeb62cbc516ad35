-- Up Migration
create table testmesh.retention (
  workspace_id uuid primary key references testmesh.workspaces on delete cascade,
  -- Null keeps runs for ever, as does no row.
  runs_days int check (runs_days between 1 and 3650),
  version int not null default 1,
  updated_at timestamptz not null default now()
);

-- What a view that was let go of was: enough to audit its run against the archive.
create table testmesh.retired_views (
  stream text primary key,
  workspace text not null,
  sha256 text not null,
  retired_at timestamptz not null default now()
);

-- Down Migration
drop table testmesh.retired_views;
drop table testmesh.retention;
