-- Up Migration
-- Who does for now what only one copy needs to do. A hint: two that do it repeat each other and break nothing.
create table journal.turns (
  name text primary key,
  holder text not null,
  until timestamptz not null
);

-- Down Migration
drop table journal.turns;
