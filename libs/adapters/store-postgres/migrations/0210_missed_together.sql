-- Up Migration
-- Slots that were missed one after the other are one row: `scheduled_at` is the last of them.
alter table testmesh.schedule_runs
  add column missed_since timestamptz,
  -- Null where nobody counted them.
  add column slots int default 1;

-- Down Migration
alter table testmesh.schedule_runs drop column missed_since, drop column slots;
