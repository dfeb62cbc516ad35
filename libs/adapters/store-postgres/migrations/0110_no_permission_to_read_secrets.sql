-- Up Migration
-- No value of a secret is ever returned, so nobody is allowed to ask for one.
update testmesh.api_keys set permissions = array_remove(permissions, 'environments:secrets')
  where 'environments:secrets' = any(permissions);

-- Down Migration
-- Which keys had it is not kept, and it opens nothing.
select 1;
