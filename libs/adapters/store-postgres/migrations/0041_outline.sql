-- Up Migration
-- The steps of a finished run as its page lists them: JSON as it goes over the wire. Null in rows that were written before.
alter table testmesh.run_view add column outline text;

-- Down Migration
alter table testmesh.run_view drop column outline;
