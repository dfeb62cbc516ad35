-- Up Migration
-- Which runs over datasets have a row to ask for is looked at twice a second: of rows that have ended nothing is read for it.
create index dataset_run_rows_open on testmesh.dataset_run_rows (dataset_run_id, asked) where verdict is null and error is null;

-- Down Migration
drop index testmesh.dataset_run_rows_open;
