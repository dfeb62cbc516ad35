-- Up Migration
-- What each flow touched, and in which run last. No sums: the same rows come out in whichever order runs ended.
create table testmesh.coverage_view (
  projector text not null,
  workspace text not null,
  -- The id of a stored flow; of one that was brought along its name.
  flow text not null,
  flow_id text,
  flow_name text not null,
  kind text not null check (kind in ('endpoint', 'topic', 'table')),
  system text not null,
  name text not null,
  action text not null,
  last_run_id text not null,
  last_verdict text not null,
  -- Microseconds since 1970.
  last_at bigint not null,
  primary key (projector, workspace, kind, system, name, flow, action)
);

-- Down Migration
drop table testmesh.coverage_view;
