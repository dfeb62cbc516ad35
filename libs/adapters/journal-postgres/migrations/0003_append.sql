-- Up Migration
create function journal.now_us() returns bigint language sql volatile
return (extract(epoch from clock_timestamp()) * 1000000)::bigint;

-- The partition of a stream: the day in the UUIDv7 of a run; a day before all others for streams that live for ever.
create function journal.born(stream text) returns date language sql immutable parallel safe
return case
  when stream ~ '^run-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
  then date '1970-01-01'
    + (('x0000' || substr(stream, 5, 8) || substr(stream, 14, 4))::bit(64)::bigint / 86400000)::int
  else date '0001-01-01'
end;

create function journal.partition_of(day date) returns text language sql immutable parallel safe
return 'events_' || to_char(day, 'YYYYMMDD');

-- Attaching a table that is empty needs no scan and lets readers and writers of other days go on.
create function journal.ensure_partition(day date) returns void language plpgsql as $$
declare
  name text := journal.partition_of(day);
begin
  if day < '1970-01-01' or exists (
    select from pg_catalog.pg_class where relnamespace = 'journal'::regnamespace and relname = name
  ) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('journal.events', 0));
  if exists (select from pg_catalog.pg_class where relnamespace = 'journal'::regnamespace and relname = name) then
    return;
  end if;
  execute format('create table journal.%I (like journal.events including defaults)', name);
  execute format(
    'alter table journal.events attach partition journal.%I for values from (%L) to (%L)', name, day, day + 1);
end $$;

create function journal.ensure_partitions(days int) returns void language plpgsql as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
begin
  for ahead in 0..days loop
    perform journal.ensure_partition(today + ahead);
  end loop;
end $$;

-- Appends to many streams, each accepted or refused alone, in the order given.
-- Per batch: stream, version expected before it, epoch, number of events, workspace. Per event: id, type, length of its body.
-- The bodies follow one another in `p_bodies`.
create function journal.append_many(
  p_streams text[], p_expected int[], p_epochs int[], p_counts int[], p_workspaces text[],
  p_ids text[], p_types text[], p_sizes int[], p_bodies bytea
) returns table (outcome text, ver int, epoch int) language plpgsql
-- A plan made for each batch anew would copy all arrays into it.
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_head journal.head;
  v_first int := 1;
  v_last int;
  v_offset int := 1;
  v_next_offset int;
  v_offsets int[];
  v_link bytea;
  v_links bytea[];
  v_ends boolean;
  v_at bigint;
begin
  -- Heads are made and locked in the order of their names: two appends never wait for each other.
  if 0 = any (p_expected) then
    perform journal.ensure_partition(day)
      from (select distinct journal.born(stream) as day from unnest(p_streams) as stream) as days order by day;
    insert into journal.head (stream, born, workspace)
      select distinct on (stream) stream, journal.born(stream), workspace
        from unnest(p_streams, p_expected, p_workspaces) as batch (stream, expected, workspace)
        where expected = 0 order by stream
      on conflict do nothing;
  end if;
  perform from journal.head where stream = any (p_streams) order by stream for update;
  v_at := journal.now_us();

  for batch in 1..cardinality(p_streams) loop
    v_last := v_first + p_counts[batch] - 1;
    v_offsets := '{}';
    v_next_offset := v_offset;
    for nth in v_first..v_last loop
      v_offsets := array_append(v_offsets, v_next_offset);
      v_next_offset := v_next_offset + p_sizes[nth];
    end loop;

    select * into v_head from journal.head where stream = p_streams[batch];
    if p_epochs[batch] < v_head.epoch then
      outcome := 'fenced'; ver := null; epoch := v_head.epoch;
    elsif p_expected[batch] is distinct from coalesce(v_head.ver, 0) then
      epoch := null;
      if p_counts[batch] > 0 and p_ids[v_first:v_last] = array(
        select id from journal.events
          where born = journal.born(p_streams[batch]) and stream = p_streams[batch]
            and ver > p_expected[batch] and ver <= p_expected[batch] + p_counts[batch]
          order by ver
      ) then
        outcome := 'already_applied'; ver := p_expected[batch] + p_counts[batch];
      elsif v_head.terminal then
        outcome := 'terminal'; ver := null;
      else
        outcome := 'conflict'; ver := coalesce(v_head.ver, 0);
      end if;
    elsif v_head.terminal then
      outcome := 'terminal'; ver := null; epoch := null;
    else
      v_link := v_head.chain;
      v_links := '{}';
      v_ends := false;
      for nth in v_first..v_last loop
        v_link := sha256(convert_to(coalesce(encode(v_link, 'hex'), ''), 'UTF8')
          || substring(p_bodies from v_offsets[nth - v_first + 1] for p_sizes[nth]));
        v_links := array_append(v_links, v_link);
        v_ends := v_ends or p_types[nth] = 'RunCompleted';
      end loop;
      insert into journal.events (born, stream, ver, at, id, type, chain, body)
        select v_head.born, v_head.stream, v_head.ver + n, v_at, p_ids[v_first + n - 1], p_types[v_first + n - 1],
            v_links[n], substring(p_bodies from v_offsets[n] for p_sizes[v_first + n - 1])
          from generate_series(1, p_counts[batch]) as n;
      update journal.head
        set ver = ver + p_counts[batch], epoch = p_epochs[batch], chain = v_link, terminal = v_ends
        where stream = v_head.stream;
      -- A run leaves the queue, and its secrets the database, with its last event.
      if v_ends and starts_with(v_head.stream, 'run-') then
        delete from journal.run_queue where run_id = substr(v_head.stream, 5);
        delete from journal.run_secrets where run_id = substr(v_head.stream, 5);
      end if;
      outcome := 'applied'; ver := v_head.ver + p_counts[batch]; epoch := null;
    end if;
    return next;
    v_first := v_last + 1;
    v_offset := v_next_offset;
  end loop;
end $$;

-- Down Migration
drop function journal.append_many;
drop function journal.ensure_partitions;
drop function journal.ensure_partition;
drop function journal.partition_of;
drop function journal.born;
drop function journal.now_us;
