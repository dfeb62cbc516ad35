-- Up Migration
-- Whoever could make a workspace still can, and so does the first key of an installation.
update testmesh.api_keys set permissions = permissions || '{workspaces:create}'::text[]
  where ('workspace:delete' = any(permissions) or created_by = 'installation') and not 'workspaces:create' = any(permissions);

-- Down Migration
update testmesh.api_keys set permissions = array_remove(permissions, 'workspaces:create');
