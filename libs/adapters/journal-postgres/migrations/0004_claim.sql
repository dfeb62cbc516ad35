-- Up Migration
-- Queues runs whose streams nobody wrote to yet. Per run: id, workspace, pool, priority, not_before (microseconds or null),
-- exclusive names as a JSON array, and its RunRequested as `append_many` takes it.
create function journal.request_runs(
  p_run_ids text[], p_workspaces text[], p_pools text[], p_priorities int[], p_not_before bigint[], p_exclusive text[],
  p_ids text[], p_types text[], p_sizes int[], p_bodies bytea
) returns table (queued boolean) language plpgsql set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  v_streams text[] := array(select 'run-' || id from unnest(p_run_ids) with ordinality as run (id, nth) order by nth);
  v_zeros int[] := array_fill(0, array[cardinality(p_run_ids)]);
  v_ones int[] := array_fill(1, array[cardinality(p_run_ids)]);
  v_queued boolean[];
begin
  v_queued := array(
    select outcome = 'applied' from journal.append_many(
      v_streams, v_zeros, v_zeros, v_ones, p_workspaces, p_ids, p_types, p_sizes, p_bodies));
  insert into journal.workspace_turns (workspace)
    select distinct workspace from unnest(p_workspaces) as workspace order by workspace
    on conflict do nothing;
  insert into journal.run_queue (run_id, workspace, pool, priority, not_before, exclusive)
    select run_id, workspace, pool, priority, coalesce(to_timestamp(not_before / 1000000.0), '-infinity'),
        array(select jsonb_array_elements_text(exclusive::jsonb))
      from unnest(p_run_ids, p_workspaces, p_pools, p_priorities, p_not_before, p_exclusive, v_queued)
        with ordinality as run (run_id, workspace, pool, priority, not_before, exclusive, is_new, nth)
      where is_new order by nth;
  return query select * from unnest(v_queued);
end $$;

-- The id of an event the queue writes: one per stream and version.
create function journal.queue_event_id(stream text, ver int) returns text language sql immutable parallel safe
return substr(encode(sha256(convert_to(stream || '/queue/' || ver, 'UTF8')), 'hex'), 1, 32)::uuid::text;

-- RunClaimed as canonical JSON: keys in order, nothing between them.
create function journal.run_claimed(
  stream text, ver int, epoch int, workspace text, attempt int, executor text, recorded_at bigint, sv int
) returns bytea language sql immutable
return convert_to(
  '{"actor":"queue","data":{"attempt":' || attempt || ',"executor":' || to_json(executor) || '},"epoch":' || epoch
    || ',"id":"' || journal.queue_event_id(stream, ver) || '","stream":' || to_json(stream) || ',"sv":' || sv
    || ',"time":' || recorded_at || ',"type":"RunClaimed","workspace":' || to_json(workspace) || '}', 'UTF8');

-- A workspace with something to do, as one claim sees it.
create type journal.lane as (
  workspace text,
  running int,
  max_running int,
  served bigint,
  -- Claimed from by one caller at a time: it has a limit, or runs that hold names.
  guarded boolean,
  -- This caller is that one.
  mine boolean,
  spent boolean
);

create type journal.claimed_run as (run_id text, workspace text, epoch int, attempt int, ver int);

-- One index probe per workspace and pool, however many runs wait in it.
create function journal.lanes(p_pools text[]) returns setof journal.lane language sql volatile as $$
  with recursive waiting (pool, workspace) as (
    select wanted.pool,
        (select min(q.workspace) from journal.run_queue q where q.state = 'queued' and q.pool = wanted.pool)
      from unnest(p_pools) as wanted (pool)
    union all
    select w.pool, (
        select min(q.workspace) from journal.run_queue q
          where q.state = 'queued' and q.pool = w.pool and q.workspace > w.workspace)
      from waiting w where w.workspace is not null
  )
  select found.workspace,
      (select count(*)::int from journal.run_queue q where q.state = 'running' and q.workspace = found.workspace),
      limits.max_running,
      coalesce(turns.served, 0),
      limits.max_running is not null or exists (
        select from journal.run_queue q
          where q.state = 'queued' and q.exclusive <> '{}' and q.workspace = found.workspace),
      false,
      false
    from (select distinct workspace from waiting where workspace is not null) as found
    left join journal.workspace_limits limits on limits.workspace = found.workspace
    left join journal.workspace_turns turns on turns.workspace = found.workspace
$$;

-- The next run of a workspace, locked with its head; rows that others hold are passed over.
-- Runs that hold names are for a caller that has the workspace to itself.
create function journal.next_run(p_workspace text, p_pools text[], p_alone boolean) returns setof journal.claimed_run
language sql volatile as $$
  select best.run_id, p_workspace, best.epoch + 1, best.attempts + 1, best.ver + 1
    from unnest(p_pools) as wanted (pool)
    cross join lateral (
      select q.run_id, q.epoch, q.attempts, q.priority, q.seq, h.ver
        from journal.run_queue q join journal.head h on h.stream = 'run-' || q.run_id
        where q.state = 'queued' and q.pool = wanted.pool and q.workspace = p_workspace
          and q.not_before <= clock_timestamp()
          and (q.exclusive = '{}' or (p_alone and not exists (
            select from journal.run_queue r
              where r.state = 'running' and r.workspace = p_workspace and r.exclusive && q.exclusive)))
        order by q.priority desc, q.seq limit 1
        for update of q, h skip locked
    ) as best
    order by best.priority desc, best.seq limit 1
$$;

create function journal.append_claims(p_runs journal.claimed_run[], p_executor text, p_sv int) returns void
language plpgsql as $$
declare
  v_refused text;
begin
  select string_agg(refused.outcome, ', ') into v_refused
    from (
      select array_agg('run-' || run_id order by nth) as streams, array_agg(ver - 1 order by nth) as expected,
          array_agg(epoch order by nth) as epochs, array_agg(1 order by nth) as counts,
          array_agg(workspace order by nth) as workspaces,
          array_agg(journal.queue_event_id('run-' || run_id, ver) order by nth) as ids,
          array_agg('RunClaimed'::text order by nth) as types, array_agg(length(body) order by nth) as sizes,
          string_agg(body, ''::bytea order by nth) as bodies
        from (
          select run.*, journal.run_claimed(
              'run-' || run_id, ver, epoch, workspace, attempt, p_executor, journal.now_us(), p_sv) as body
            from unnest(p_runs) with ordinality as run (run_id, workspace, epoch, attempt, ver, nth)
        ) as facts
    ) as batch
    cross join lateral journal.append_many(
      streams, expected, epochs, counts, workspaces, ids, types, sizes, bodies) as refused
    where refused.outcome <> 'applied';
  if v_refused is not null then
    raise 'the journal refused RunClaimed of a run that was queued: %', v_refused;
  end if;
end $$;

-- Gives up to `p_slots` runs to an executor. Whose turn it is: the workspace with the fewest runs going, then the one served
-- longest ago; in it, priority and then age.
create function journal.claim(p_executor text, p_pools text[], p_slots int, p_lease_ms int, p_sv int)
returns setof journal.claimed_run language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_lanes journal.lane[] := array(select lane from journal.lanes(p_pools) as lane);
  v_lane journal.lane;
  v_nth int;
  v_key bigint;
  v_waited boolean := false;
  v_run journal.claimed_run;
  v_claimed journal.claimed_run[] := '{}';
begin
  while cardinality(v_claimed) < p_slots loop
    select lane.nth into v_nth
      from unnest(v_lanes) with ordinality
        as lane (workspace, running, max_running, served, guarded, mine, spent, nth)
      where not lane.spent order by lane.running, lane.served, lane.workspace limit 1;
    exit when not found;
    v_lane := v_lanes[v_nth];

    if v_lane.guarded and not v_lane.mine then
      -- Waiting is for the first such workspace only: callers that each waited while holding another could wait for ever.
      v_key := hashtextextended('journal.claim/' || v_lane.workspace, 0);
      if v_waited then
        v_lanes[v_nth].mine := pg_try_advisory_xact_lock(v_key);
        v_lanes[v_nth].spent := not v_lanes[v_nth].mine;
      else
        perform pg_advisory_xact_lock(v_key);
        v_waited := true;
        v_lanes[v_nth].mine := true;
      end if;
      -- Places may have been taken before the lock was ours.
      v_lanes[v_nth].running := (
        select count(*) from journal.run_queue q where q.state = 'running' and q.workspace = v_lane.workspace);
      continue;
    end if;

    v_run := null;
    if v_lane.max_running is null or v_lane.running < v_lane.max_running then
      select * into v_run from journal.next_run(v_lane.workspace, p_pools, v_lane.mine);
    end if;
    if v_run.run_id is null then
      v_lanes[v_nth].spent := true;
      continue;
    end if;
    update journal.run_queue q
      set state = 'running', owner = p_executor, epoch = v_run.epoch, attempts = v_run.attempt,
        lease_until = clock_timestamp() + p_lease_ms * interval '1 millisecond'
      where q.run_id = v_run.run_id;
    v_lanes[v_nth].running := v_lane.running + 1;
    v_lanes[v_nth].served := nextval('journal.turn');
    v_claimed := array_append(v_claimed, v_run);
  end loop;

  if cardinality(v_claimed) = 0 then
    return;
  end if;
  perform journal.append_claims(v_claimed, p_executor, p_sv);
  -- A turn that somebody else is writing down right now is as good as ours.
  update journal.workspace_turns turns set served = free.served
    from (
      select t.workspace, lane.served from journal.workspace_turns t
        join unnest(v_lanes) as lane on lane.workspace = t.workspace and lane.served > t.served
        order by t.workspace for update of t skip locked
    ) as free
    where turns.workspace = free.workspace;
  return query select * from unnest(v_claimed);
end $$;

-- Down Migration
drop function journal.claim;
drop function journal.append_claims;
drop function journal.next_run;
drop function journal.lanes;
drop type journal.claimed_run;
drop type journal.lane;
drop function journal.run_claimed;
drop function journal.queue_event_id;
drop function journal.request_runs;
