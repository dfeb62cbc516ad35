-- Up Migration
-- When each step began and ended, microseconds since 1970; null in rows that were written before these columns were there.
alter table testmesh.step_view add column started_at bigint, add column finished_at bigint;

-- Down Migration
alter table testmesh.step_view drop column started_at, drop column finished_at;
