-- Up Migration
-- The last rebuild of each set of views: which set is filled beside the one that is shown, and how far it got.
create table testmesh.view_rebuilds (
  view text primary key,
  built int not null,
  projector text not null,
  replaces text not null,
  phase text not null check (phase in ('building', 'switched', 'cancelled')),
  requested_by text not null,
  requested_at timestamptz not null default now(),
  -- When the new set was shown, or given up.
  decided_at timestamptz,
  -- When the rows of the set that is not shown were gone: another rebuild may begin.
  tidied_at timestamptz
);

-- Down Migration
drop table testmesh.view_rebuilds;
