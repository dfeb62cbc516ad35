-- Up Migration
-- What a run over a dataset says of the test environment of its rows' runs; it lies over what the flow says.
alter table testmesh.dataset_runs add column test_environment jsonb;

-- Down Migration
alter table testmesh.dataset_runs drop column test_environment;
