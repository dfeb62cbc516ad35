-- Up Migration
-- Steps stand in the outline of their run: a row each cost more than the run's own, and said the same.
drop table testmesh.step_view;
-- They are read as JSON now, and no text holds NUL or half a surrogate pair.
update testmesh.run_view set outline = regexp_replace(outline, '\\u(0000|d[89a-f][0-9a-f]{2})', '\ufffd', 'g')
  where outline ~ '\\u(0000|d[89a-f][0-9a-f]{2})';

-- How the bytes are packed, by the name HTTP has for it; those that lie there are not. What comes packed is not packed again.
alter table testmesh.run_view add column coding text not null default 'identity' check (coding in ('identity', 'br'));
alter table testmesh.run_view alter column bytes set storage external;

-- Moves a checkpoint from where it is expected, or ends the transaction: the rows of its page were sent along.
create function testmesh.move_checkpoint(p_projector text, p_expected text, p_next text) returns void language plpgsql as $$
begin
  update testmesh.projection_checkpoint set cursor = p_next, updated_at = now()
    where projector = p_projector and cursor = p_expected;
  if found then return; end if;
  if p_expected = '' then
    insert into testmesh.projection_checkpoint (projector, cursor) values (p_projector, p_next)
      on conflict (projector) do nothing;
    if found then return; end if;
  end if;
  raise exception 'the checkpoint of % is not at % any more', p_projector, p_expected using errcode = 'TM409';
end $$;

-- Down Migration
drop function testmesh.move_checkpoint(text, text, text);
-- Nothing here unpacks them: those runs are read from the journal until their views are rebuilt.
update testmesh.run_view set bytes = null where coding <> 'identity';
alter table testmesh.run_view alter column bytes set storage extended;
alter table testmesh.run_view drop column coding;
create table testmesh.step_view (
  projector text not null,
  stream text not null,
  workspace text not null,
  run_id text not null,
  flow_name text not null,
  path text not null,
  step_id text not null,
  action text not null,
  status text not null,
  duration_ms double precision not null,
  error text,
  started_at bigint,
  finished_at bigint,
  primary key (projector, stream, path)
);
create index step_view_flow on testmesh.step_view (projector, workspace, flow_name, run_id desc);
