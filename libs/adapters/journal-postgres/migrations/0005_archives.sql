-- Up Migration
-- Days whose events were written to a file and dropped. A stream that was born late has its day archived once more, as another part.
create table journal.archives (
  day date not null,
  part int not null,
  file text not null,
  streams int not null,
  events bigint not null,
  archived_at timestamptz not null default clock_timestamp(),
  primary key (day, part)
);

-- Down Migration
drop table journal.archives;
