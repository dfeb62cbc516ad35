-- Up Migration
-- How schedules, suites, and flows in an environment have been doing of late.
create table testmesh.health (
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  subject_kind text not null check (subject_kind in ('schedule', 'suite', 'flow')),
  subject_id uuid not null,
  -- '' for what runs without one, and for schedules, which have one environment.
  environment text not null default '',
  status text not null check (status in ('unknown', 'passing', 'failing')),
  failing_since timestamptz,
  failures int not null default 0,
  last_run text,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, subject_kind, subject_id, environment)
);

create table testmesh.notification_channels (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  name text not null,
  kind text not null check (kind in ('slack', 'webhook', 'email')),
  enabled boolean not null default true,
  -- What may be read again: recipients, the sender's address.
  settings jsonb not null default '{}',
  -- Addresses and keys, sealed together.
  sealed text not null,
  events text[] not null check (events <@ '{failing,recovered,passed}'),
  about text[] not null check (about <@ '{schedule,suite,flow}'),
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, name)
);

create table testmesh.notifications (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  event text not null check (event in ('failing', 'recovered', 'passed', 'test')),
  title text not null,
  message text not null,
  subject_kind text,
  subject_id uuid,
  subject_name text,
  environment text,
  run_id text,
  created_at timestamptz not null default clock_timestamp()
);
create index notifications_workspace on testmesh.notifications (workspace_id, created_at desc);

-- Who has read what: each caller has its own.
create table testmesh.notification_reads (
  notification_id uuid not null references testmesh.notifications on delete cascade,
  actor text not null,
  read_at timestamptz not null default now(),
  primary key (notification_id, actor)
);

-- The outbox. A message is written here in the transaction that decided on it, and sent from here until it is taken.
create table testmesh.deliveries (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references testmesh.workspaces on delete cascade,
  notification_id uuid not null references testmesh.notifications on delete cascade,
  channel_id uuid references testmesh.notification_channels on delete cascade,
  -- Instead of the channel's own.
  recipients text[],
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create index deliveries_waiting on testmesh.deliveries (next_attempt_at) where state = 'waiting';
create index deliveries_workspace on testmesh.deliveries (workspace_id, created_at desc);

-- Down Migration
drop table testmesh.deliveries;
drop table testmesh.notification_reads;
drop table testmesh.notifications;
drop table testmesh.notification_channels;
drop table testmesh.health;
