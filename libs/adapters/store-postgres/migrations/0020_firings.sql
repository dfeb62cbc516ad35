-- Up Migration
alter table testmesh.schedules
  add column retry_on text[] not null default '{failed,error,timed_out}'
    check (retry_on <@ '{failed,error,timed_out}'),
  add column notify_on_recovery boolean not null default true;

-- A firing is a slot, a retry of one, or a run by hand. Its id is that of the run, or of the suite's run, that it asks for.
alter table testmesh.schedule_runs
  add column suite_run_id uuid,
  add column state text not null default 'ended' check (state in ('planned', 'asked', 'ended', 'missed')),
  add column not_before timestamptz not null default now(),
  add column waits boolean not null default false,
  add column replaced boolean not null default false,
  add column verdict text,
  add column ended_at timestamptz;
update testmesh.schedule_runs set state = case
  when run_id is null then 'missed' when scheduled_at > now() - interval '1 day' then 'asked' else 'ended' end;
-- The runs a schedule has open are what it decides by.
create index schedule_runs_open on testmesh.schedule_runs (schedule_id) where state in ('planned', 'asked');
create index schedule_runs_planned on testmesh.schedule_runs (not_before) where state = 'planned';
create index schedule_runs_replaced on testmesh.schedule_runs (scheduled_at) where state = 'asked' and replaced;
create unique index schedule_runs_suite_run on testmesh.schedule_runs (suite_run_id);

alter table testmesh.suite_runs add column ended_at timestamptz, add column verdict text;
alter table testmesh.suite_run_members add column verdict text;
update testmesh.suite_runs set ended_at = created_at where created_at < now() - interval '1 day';
create index suite_runs_open on testmesh.suite_runs (created_at) where ended_at is null;

-- Down Migration
drop index testmesh.suite_runs_open;
alter table testmesh.suite_run_members drop column verdict;
alter table testmesh.suite_runs drop column ended_at, drop column verdict;
drop index testmesh.schedule_runs_suite_run;
drop index testmesh.schedule_runs_replaced;
drop index testmesh.schedule_runs_planned;
drop index testmesh.schedule_runs_open;
alter table testmesh.schedule_runs drop column suite_run_id, drop column state, drop column not_before, drop column waits,
  drop column replaced, drop column verdict, drop column ended_at;
alter table testmesh.schedules drop column retry_on, drop column notify_on_recovery;
