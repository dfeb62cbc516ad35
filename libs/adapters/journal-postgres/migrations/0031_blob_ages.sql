-- Up Migration
-- When a body was put last: none of a younger run's is older, so that the oldest run that is left says which can go.
alter table journal.blobs add column used_at timestamptz not null default now();

-- Down Migration
alter table journal.blobs drop column used_at;
