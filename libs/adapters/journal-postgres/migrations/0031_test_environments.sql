-- Up Migration
-- Test environments. Each row is the fold of its stream and changes in the transaction that appends to it.
-- Times are milliseconds since 1970, by this database's clock.
create table journal.test_environments (
  id text primary key,
  seq bigint generated always as identity,
  workspace text not null,
  context text not null,
  cluster text not null,
  provider text not null,
  namespace text not null,
  application text,
  status text not null check (status in ('cold', 'provisioning', 'warm', 'running', 'cooling', 'destroyed')),
  state jsonb not null,
  -- Until when the run that holds it may be silent.
  lease_until bigint,
  -- When it is over if nobody uses it; null while somebody does, or when its end was asked for.
  expires_at bigint,
  -- When it has to be looked at next; null when there is nothing to do.
  due bigint,
  -- Until when somebody is looking at it, and which look that is.
  taken_until bigint not null default 0,
  token int not null default 0,
  destroyed_at bigint
);
create index test_environments_context on journal.test_environments (workspace, context) where status <> 'destroyed';
create index test_environments_newest on journal.test_environments (workspace, seq desc);
create index test_environments_due on journal.test_environments (due);
create index test_environments_leases on journal.test_environments (lease_until) where status = 'running';
create index test_environments_expiry on journal.test_environments (expires_at);
create index test_environments_destroyed on journal.test_environments (destroyed_at) where status = 'destroyed';
-- One owner over all workspaces.
create unique index test_environments_namespace on journal.test_environments (cluster, namespace)
  where status <> 'destroyed';
create unique index test_environments_application on journal.test_environments (cluster, provider, application)
  where status <> 'destroyed';

-- Runs that wait for an environment, in the order they came.
create table journal.test_environment_waits (
  run text primary key,
  seq bigint generated always as identity,
  environment text not null references journal.test_environments on delete cascade,
  attempt int not null,
  wait_until bigint not null
);
create index test_environment_waits_environment on journal.test_environment_waits (environment, seq);

-- Down Migration
drop table journal.test_environment_waits;
drop table journal.test_environments;
