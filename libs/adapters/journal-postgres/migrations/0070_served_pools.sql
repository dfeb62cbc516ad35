-- Up Migration
-- Which executors and agents ask for runs of which pool. A hint for people: a run is given to whoever claims it, noted here or not.
create table journal.served_pools (
  executor text not null,
  pool text not null,
  -- '' for an executor of all workspaces.
  workspace text not null,
  seen_at timestamptz not null,
  primary key (executor, pool, workspace)
);

-- Down Migration
drop table journal.served_pools;
