-- Up Migration
-- Runners in networks of their own. A name stays taken when its agent is revoked: runs say by it who carried them.
create table testmesh.site_agents (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  pools text[] not null check (cardinality(pools) > 0),
  created_by text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  seen_at timestamptz,
  -- What it said of itself when it came last: version, host, labels, slots.
  seen jsonb not null default '{}'
);
create unique index site_agents_name on testmesh.site_agents (workspace_id, lower(name));

-- Only hashes. After a rotation the token before goes on until its time is over.
create table testmesh.site_agent_tokens (
  hash bytea primary key check (length(hash) = 32),
  agent_id uuid not null references testmesh.site_agents on delete cascade,
  prefix text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index site_agent_tokens_prefix on testmesh.site_agent_tokens (prefix);
create index site_agent_tokens_agent on testmesh.site_agent_tokens (agent_id, created_at desc);

-- Down Migration
drop table testmesh.site_agent_tokens;
drop table testmesh.site_agents;
