-- Up Migration
create sequence journal.event_position;

-- The facts. A run's events lie in the partition of the day the run was born (its id says when), everything else lives for ever.
create table journal.events (
  born date not null,
  stream text not null,
  ver int not null,
  gpos bigint not null default nextval('journal.event_position'),
  xid xid8 not null default pg_current_xact_id(),
  -- Microseconds since 1970, by this database's clock.
  at bigint not null,
  id text not null,
  type text not null,
  chain bytea not null,
  -- The envelope's canonical JSON: bytes, because jsonb would reorder and round.
  body bytea not null,
  primary key (born, stream, ver)
) partition by range (born);
create index events_order on journal.events (xid, gpos);
create table journal.events_forever partition of journal.events for values from (minvalue) to ('1970-01-01');

-- One row per stream, kept when its events are archived; its lock makes writers of a stream go one after the other.
create table journal.head (
  stream text primary key,
  born date not null,
  workspace text not null,
  ver int not null default 0,
  epoch int not null default 0,
  terminal boolean not null default false,
  chain bytea
) with (fillfactor = 80);
create index head_born on journal.head (born);

create table journal.blobs (
  hash text primary key,
  bytes bytea not null
);

create table journal.run_secrets (
  run_id text not null,
  name text not null,
  key_id text not null,
  sealed bytea not null,
  primary key (run_id, name)
);

-- Down Migration
drop table journal.run_secrets;
drop table journal.blobs;
drop table journal.head;
drop table journal.events;
drop sequence journal.event_position;
