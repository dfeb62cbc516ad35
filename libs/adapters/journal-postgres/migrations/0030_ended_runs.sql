-- Up Migration
-- Who waits for the end of runs reads their last events alone.
create index events_ended on journal.events (xid, gpos) where type = 'RunCompleted';

-- Down Migration
drop index journal.events_ended;
