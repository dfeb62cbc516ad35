-- Up Migration
-- When a firing could not be asked for for the first time: for how long it is tried counts from there.
alter table testmesh.schedule_runs add column tried_at timestamptz;

-- Down Migration
alter table testmesh.schedule_runs drop column tried_at;
