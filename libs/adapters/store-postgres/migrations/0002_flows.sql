-- Up Migration
create table testmesh.flows (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  description text not null default '',
  suite text not null default '',
  tags text[] not null default '{}',
  file text not null,
  text text not null,
  definition json not null,
  -- Further files the flow names: path -> sha256 of a blob.
  files json not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index flows_name on testmesh.flows (workspace_id, name) where deleted_at is null;
create index flows_tags on testmesh.flows using gin (tags) where deleted_at is null;

-- Every version that ever was current, the current one included.
create table testmesh.flow_versions (
  flow_id uuid not null references testmesh.flows on delete cascade,
  version int not null,
  name text not null,
  file text not null,
  text text not null,
  files json not null default '{}',
  author text not null,
  message text not null default '',
  created_at timestamptz not null default now(),
  primary key (flow_id, version)
);

-- Down Migration
drop table testmesh.flow_versions;
drop table testmesh.flows;
