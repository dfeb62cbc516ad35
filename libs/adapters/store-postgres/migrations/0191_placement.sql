-- Up Migration
-- Who carries out the runs that something asks for, and before which others; runs of every pool could be asked for only one by one.
alter table testmesh.suite_runs add column pool text not null default 'default', add column priority int not null default 0;
alter table testmesh.dataset_runs add column pool text not null default 'default', add column priority int not null default 0;
alter table testmesh.schedules add column pool text not null default 'default', add column priority int not null default 0;
alter table testmesh.git_trigger_rules add column pool text not null default 'default', add column priority int not null default 0;

-- Down Migration
alter table testmesh.suite_runs drop column pool, drop column priority;
alter table testmesh.dataset_runs drop column pool, drop column priority;
alter table testmesh.schedules drop column pool, drop column priority;
alter table testmesh.git_trigger_rules drop column pool, drop column priority;
