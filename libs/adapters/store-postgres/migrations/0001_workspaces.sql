-- Up Migration
create table testmesh.workspaces (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  slug text not null,
  description text not null default '',
  type text not null default 'team' check (type in ('personal', 'team')),
  settings jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index workspaces_slug on testmesh.workspaces (slug) where deleted_at is null;

create table testmesh.members (
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  user_id uuid not null default gen_random_uuid(),
  email text not null,
  name text not null default '',
  role text not null check (role in ('owner', 'admin', 'editor', 'viewer')),
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create unique index members_email on testmesh.members (workspace_id, lower(email));
create index members_user on testmesh.members (user_id);

-- Only the hash is kept: whoever reads this table cannot call anything.
create table testmesh.api_keys (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  prefix text not null,
  hash bytea not null unique check (length(hash) = 32),
  permissions text[] not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_workspace on testmesh.api_keys (workspace_id, created_at desc);
create index api_keys_prefix on testmesh.api_keys (prefix) where revoked_at is null;

-- A repeated request finds the run of the first one.
create table testmesh.idempotency_keys (
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  key text not null,
  fingerprint text not null,
  run_id text not null,
  claimed_at timestamptz not null,
  primary key (workspace_id, key)
);
create index idempotency_keys_age on testmesh.idempotency_keys (claimed_at);

-- Down Migration
drop table testmesh.idempotency_keys;
drop table testmesh.api_keys;
drop table testmesh.members;
drop table testmesh.workspaces;
