import type { refused } from './changed.ts';
import { type Queryable, uuid } from './rows.ts';

/** What a schedule is made of that has to be there. */
interface Targets {
  readonly flowId: string | null;
  readonly suiteId: string | null;
  readonly dataset?: { readonly id: string } | null;
  readonly environment: string | null;
}

/** What the schedule names and the workspace does not have. */
export const missingTarget = async (
  client: Queryable,
  workspace: string,
  content: Targets,
): Promise<Parameters<typeof refused> | undefined> => {
  const holds = async (table: 'flows' | 'suites' | 'datasets', id: string) => {
    const sql = `select 1 from testmesh.${table} where workspace_id = $1 and id = $2 and deleted_at is null for share`;
    return (await client.query(sql, [uuid(workspace), uuid(id)])).rows.length === 1;
  };
  if (content.flowId !== null && !(await holds('flows', content.flowId))) return ['FlowNotFound', [content.flowId]];
  if (content.suiteId !== null && !(await holds('suites', content.suiteId)))
    return ['SuiteNotFound', [content.suiteId]];
  const dataset = content.dataset?.id;
  if (dataset !== undefined && !(await holds('datasets', dataset))) return ['DatasetNotFound', [dataset]];
  if (content.environment === null) return undefined;
  const sql = 'select 1 from testmesh.environments where workspace_id = $1 and name = $2 for share';
  const { rows } = await client.query(sql, [uuid(workspace), content.environment]);
  return rows.length === 0 ? ['EnvironmentNotFound', [content.environment]] : undefined;
};
