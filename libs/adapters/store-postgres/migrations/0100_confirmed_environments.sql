-- Up Migration
-- The environment of a run's parts once more, where whoever asked for it confirmed it: protected ones take no part without it.
alter table testmesh.suite_runs add column confirmed_environment text;
alter table testmesh.dataset_runs add column confirmed_environment text;
-- What was accepted before goes on as it was asked for.
update testmesh.suite_runs set confirmed_environment = environment where ended_at is null;
update testmesh.dataset_runs set confirmed_environment = environment where ended_at is null;

-- Down Migration
alter table testmesh.suite_runs drop column confirmed_environment;
alter table testmesh.dataset_runs drop column confirmed_environment;
