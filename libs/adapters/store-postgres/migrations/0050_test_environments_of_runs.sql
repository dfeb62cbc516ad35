-- Up Migration
-- What suites and schedules say of the test environment of their runs; it lies over what the flows say.
alter table testmesh.suites add column test_environment jsonb;
alter table testmesh.suite_runs add column test_environment jsonb;
alter table testmesh.schedules add column test_environment jsonb;

-- Down Migration
alter table testmesh.schedules drop column test_environment;
alter table testmesh.suite_runs drop column test_environment;
alter table testmesh.suites drop column test_environment;
