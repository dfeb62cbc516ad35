-- Up Migration
-- A schedule of a flow may name a dataset: the flow is run once per row of it.
alter table testmesh.schedules
  add column dataset_id uuid references testmesh.datasets on delete cascade,
  -- Column -> variable; a column that is not named goes under its own name.
  add column dataset_mapping json not null default '{}',
  add column dataset_at_once int not null default 5 check (dataset_at_once between 1 and 100),
  add column dataset_stop_on_failure boolean not null default false,
  add constraint schedules_dataset_of_flow check (dataset_id is null or flow_id is not null);
create index schedules_dataset on testmesh.schedules (dataset_id) where dataset_id is not null;

alter table testmesh.schedule_runs add column dataset_run_id uuid;
create unique index schedule_runs_dataset_run on testmesh.schedule_runs (dataset_run_id);

alter table testmesh.dataset_runs
  -- The schedule that asked for it, which is told of its end once.
  add column schedule_id uuid,
  add column told boolean not null default true,
  -- Variables that were credentials when they were given.
  add column secret_names text[] not null default '{}';
create index dataset_runs_untold on testmesh.dataset_runs (ended_at) where not told;

-- Down Migration
drop index testmesh.dataset_runs_untold;
alter table testmesh.dataset_runs drop column schedule_id, drop column told, drop column secret_names;
drop index testmesh.schedule_runs_dataset_run;
alter table testmesh.schedule_runs drop column dataset_run_id;
-- Without a dataset it would be a schedule of another kind.
delete from testmesh.schedules where dataset_id is not null;
drop index testmesh.schedules_dataset;
alter table testmesh.schedules drop constraint schedules_dataset_of_flow, drop column dataset_id, drop column dataset_mapping,
  drop column dataset_at_once, drop column dataset_stop_on_failure;
