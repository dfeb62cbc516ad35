-- Up Migration
-- What people give to runs may hold credentials: it is kept sealed, and `variables` is null then. What was kept in clear before is
-- sealed by the first API that starts with the keys.
alter table testmesh.schedules alter column variables drop not null, add column sealed_variables text,
  add column secret_names text[] not null default '{}';
alter table testmesh.git_trigger_rules alter column variables drop not null, add column sealed_variables text,
  add column secret_names text[] not null default '{}';
alter table testmesh.suite_runs alter column variables drop not null, add column sealed_variables text,
  add column secret_names text[] not null default '{}';
alter table testmesh.dataset_runs alter column variables drop not null, add column sealed_variables text;

-- The rows of a dataset lie sealed beside it; `blob` names those that were kept in clear before. The sha256 says which are the same.
alter table testmesh.dataset_versions alter column blob drop not null, add column sealed_rows text, add column sha256 text;
update testmesh.dataset_versions set sha256 = blob;
alter table testmesh.dataset_versions alter column sha256 set not null, add check ((blob is null) <> (sealed_rows is null));

-- Down Migration
-- SQL cannot open what is sealed, and a schedule without its variables would run something else.
do $$ begin
  if exists (select from testmesh.schedules where sealed_variables is not null)
    or exists (select from testmesh.git_trigger_rules where sealed_variables is not null)
    or exists (select from testmesh.suite_runs where sealed_variables is not null)
    or exists (select from testmesh.dataset_runs where sealed_variables is not null)
    or exists (select from testmesh.dataset_versions where sealed_rows is not null) then
    raise exception 'variables or rows of datasets are kept sealed: an older version cannot read them, restore a backup instead';
  end if;
end $$;
alter table testmesh.dataset_versions drop constraint dataset_versions_check, drop column sealed_rows, drop column sha256,
  alter column blob set not null;
alter table testmesh.dataset_runs drop column sealed_variables, alter column variables set not null;
alter table testmesh.suite_runs drop column sealed_variables, drop column secret_names, alter column variables set not null;
alter table testmesh.git_trigger_rules drop column sealed_variables, drop column secret_names, alter column variables set not null;
alter table testmesh.schedules drop column sealed_variables, drop column secret_names, alter column variables set not null;
