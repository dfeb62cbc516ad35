import type { SiteAgentFigures, SiteAgentProcess } from '@testmesh/ports';
import type pg from 'pg';
import { uuid } from './rows.ts';

// What processes of site agents tell of themselves, for people and for Prometheus.
// B1. What is kept is bounded, whatever an agent names its processes: the newest of each, and none that is silent for long.

export interface SiteAgentProcesses {
  readonly tell: (agentId: string, process: string, figures: SiteAgentFigures) => Promise<void>;
  /** Of one agent, or of all that are not revoked. */
  readonly list: (agentId?: string) => Promise<readonly SiteAgentProcess[]>;
}

const KEPT = "interval '10 minutes'";
const MOST = 100;

const TELL = `with silent as (
    delete from testmesh.site_agent_processes where agent_id = $1 and process <> $2 and (told_at < clock_timestamp() - ${KEPT}
      or process in (select process from testmesh.site_agent_processes where agent_id = $1 order by told_at desc offset ${MOST - 1})))
  insert into testmesh.site_agent_processes (agent_id, process, figures) values ($1, $2, $3)
  on conflict (agent_id, process) do update set told_at = clock_timestamp(), figures = excluded.figures`;

const LIST = `select a.workspace_id as workspace, a.name as agent, p.process, p.figures,
    (extract(epoch from clock_timestamp() - p.told_at) * 1000)::float8 as "silentMs"
  from testmesh.site_agent_processes p join testmesh.site_agents a on a.id = p.agent_id and a.revoked_at is null
  where p.told_at > clock_timestamp() - ${KEPT} and ($1::uuid is null or a.id = $1)
  order by a.name, p.process`;

export const postgresSiteAgentProcesses = (pool: pg.Pool): SiteAgentProcesses => ({
  tell: async (agentId, process, figures) => {
    await pool.query(TELL, [uuid(agentId), process, JSON.stringify(figures)]);
  },
  list: async (agentId) =>
    (await pool.query<SiteAgentProcess>(LIST, [agentId === undefined ? null : uuid(agentId)])).rows,
});
