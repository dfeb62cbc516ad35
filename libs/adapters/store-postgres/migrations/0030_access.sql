-- Up Migration
-- What a workspace decides about its runs. A workspace without a row stands at version 0.
create table testmesh.workspace_rules (
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  kind text not null check (kind in ('outbound', 'limits')),
  content jsonb not null,
  version int not null default 1,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, kind)
);

create table testmesh.users (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  name text not null default '',
  -- scrypt with its parameters and salt; whoever reads it still has to guess.
  password text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index users_email on testmesh.users (lower(email));

-- Only hashes of what a browser sends.
create table testmesh.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references testmesh.users on delete cascade,
  hash bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null,
  used_at timestamptz not null,
  expires_at timestamptz not null
);
create index sessions_user on testmesh.sessions (user_id);
create index sessions_age on testmesh.sessions (expires_at);

create table testmesh.invitations (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'editor', 'viewer')),
  hash bytea not null unique check (length(hash) = 32),
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create index invitations_workspace on testmesh.invitations (workspace_id, created_at desc);

-- Failed logins by address, so that guessing is slow over all replicas together. The subject is a hash: it may be a typed password.
create table testmesh.login_failures (
  subject bytea primary key,
  failures int not null,
  failed_at timestamptz not null
);
create index login_failures_age on testmesh.login_failures (failed_at);

-- A key that a person made for themselves: it may do what that person may, and no more.
alter table testmesh.api_keys add column user_id uuid references testmesh.users on delete cascade;

-- Down Migration
alter table testmesh.api_keys drop column user_id;
drop table testmesh.login_failures;
drop table testmesh.invitations;
drop table testmesh.sessions;
drop table testmesh.users;
drop table testmesh.workspace_rules;
