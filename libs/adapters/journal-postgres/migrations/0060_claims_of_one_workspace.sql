-- Up Migration
drop function journal.claim(text, text[], int, int, int);

-- Gives up to `p_slots` runs to an executor, of all workspaces or of the one it belongs to. Whose turn it is: the workspace with the fewest runs going, then the one served
-- longest ago; in it, priority and then age.
create function journal.claim(p_executor text, p_pools text[], p_slots int, p_lease_ms int, p_sv int, p_workspace text default null)
returns setof journal.claimed_run language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  v_lanes journal.lane[] := array(
    select lane from journal.lanes(p_pools) as lane where p_workspace is null or lane.workspace = p_workspace);
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

-- Bodies that were put for a run by somebody who may name no others.
create table journal.run_blobs (
  run_id text not null,
  hash text not null,
  primary key (run_id, hash)
);

-- Down Migration
drop table journal.run_blobs;
drop function journal.claim(text, text[], int, int, int, text);

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
