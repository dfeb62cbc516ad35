-- Up Migration
-- What a push or a pull request of a repository runs. Who tells of it shows that they know the rule's secret.
create table testmesh.git_trigger_rules (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  provider text not null check (provider in ('github', 'gitlab', 'gitea')),
  -- `owner/name`, in small letters: hosts do not tell them apart by case.
  repository text not null check (repository = lower(repository)),
  branches text[] not null check (cardinality(branches) > 0),
  events text[] not null check (events <@ '{push,pull_request}' and cardinality(events) > 0),
  flow_id uuid references testmesh.flows on delete cascade,
  suite_id uuid references testmesh.suites on delete cascade,
  environment_id uuid references testmesh.environments,
  variables json not null default '{}',
  enabled boolean not null default true,
  sealed text not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((flow_id is null) <> (suite_id is null)),
  constraint git_trigger_rules_name unique (workspace_id, name)
);
create index git_trigger_rules_repository on testmesh.git_trigger_rules (provider, repository) where enabled;
create index git_trigger_rules_environment on testmesh.git_trigger_rules (environment_id) where environment_id is not null;

-- What came for a rule. The same body again is the same delivery, under whatever id it comes: only the body is signed.
create table testmesh.git_deliveries (
  id uuid primary key default gen_random_uuid(),
  rule_id uuid not null references testmesh.git_trigger_rules on delete cascade,
  body_hash bytea not null check (length(body_hash) = 32),
  delivery text not null,
  event text not null,
  branch text not null,
  sha text not null,
  -- The run it asks for, chosen before it is asked for: asked for again it is the same run.
  run_id text not null,
  status text not null default 'received' check (status in ('received', 'started', 'failed')),
  error text,
  received_at timestamptz not null default now(),
  unique (rule_id, body_hash)
);
create index git_deliveries_rule on testmesh.git_deliveries (rule_id, received_at desc);

-- Down Migration
drop table testmesh.git_deliveries;
drop table testmesh.git_trigger_rules;
