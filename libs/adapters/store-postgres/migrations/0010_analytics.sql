-- Up Migration
-- How the runs of each day went, one row per flow and environment. Whole numbers alone: sums of them are the same in
-- whichever order runs ended, so that a rebuild gives the same bytes.
create table testmesh.flow_day (
  projector text not null,
  workspace text not null,
  day date not null,
  flow_name text not null,
  flow_id text not null default '',
  environment text not null default '',
  runs int not null,
  passed int not null,
  failed int not null,
  errors int not null,
  cancelled int not null,
  timed_out int not null,
  duration_us bigint not null,
  steps_passed bigint not null,
  steps_failed bigint not null,
  primary key (projector, workspace, day, flow_name, flow_id, environment)
);

insert into testmesh.flow_day
select projector, workspace, (to_timestamp(requested_at / 1000000) at time zone 'UTC')::date, flow_name,
  coalesce(flow_id, ''), coalesce(environment, ''), count(*),
  count(*) filter (where verdict = 'passed'), count(*) filter (where verdict = 'failed'),
  count(*) filter (where verdict = 'error'), count(*) filter (where verdict = 'cancelled'),
  count(*) filter (where verdict = 'timed_out'), sum(round(coalesce(duration_ms, 0) * 1000)::bigint),
  sum(steps_passed), sum(steps_failed)
from testmesh.run_view where status = 'finished' group by 1, 2, 3, 4, 5, 6;

-- Figures over a time, and the latest runs of a flow by its name.
create index run_view_when on testmesh.run_view (projector, workspace, requested_at);
create index run_view_name on testmesh.run_view (projector, workspace, flow_name, run_id desc);

-- Down Migration
drop index testmesh.run_view_name;
drop index testmesh.run_view_when;
drop table testmesh.flow_day;
