-- Up Migration
-- variables: [{key, description, is_secret, enabled, value}] or, for a secret, `sealed` in place of `value`.
create table testmesh.environments (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  description text not null default '',
  color text not null default '#6B7280',
  is_default boolean not null default false,
  protected boolean not null default false,
  variables json not null default '[]',
  routing json not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);
create unique index environments_default on testmesh.environments (workspace_id) where is_default;

-- Down Migration
drop table testmesh.environments;
