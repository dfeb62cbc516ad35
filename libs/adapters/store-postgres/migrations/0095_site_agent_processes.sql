-- Up Migration
-- What each process of a site agent told of itself last. Those that are silent for long are dropped by the next that speaks.
create table testmesh.site_agent_processes (
  agent_id uuid not null references testmesh.site_agents on delete cascade,
  process text not null,
  told_at timestamptz not null default clock_timestamp(),
  figures jsonb not null,
  primary key (agent_id, process)
);

-- Down Migration
drop table testmesh.site_agent_processes;
