import { expect, test } from '@jest/globals';
import type { JournalFigures, SiteAgentProcess } from '@testmesh/ports';
import { createInstruments } from './instruments.ts';
import { refresh } from './watched.ts';

const BERLIN: SiteAgentProcess = {
  ...{ workspace: 'acme', agent: 'berlin', process: 'rack-7', silentMs: 2500 },
  figures: {
    ...{ startedAt: 1, slots: 8, busy: 3, runsEnded: { passed: 5, failed: 1 } },
    ...{ requests: 90, requestsFailed: 4, memoryBytes: 5_000_000 },
  },
};

const figuresOf = (processes: readonly SiteAgentProcess[]): JournalFigures => ({
  now: async () => ({ pools: [], leaseLeftMs: undefined, horizonAgeMs: 0 }),
  lagMs: async () => 0,
  siteAgents: async () => processes,
});

test('what processes of site agents told stands in the metrics, and is gone with them', async () => {
  const instruments = createInstruments();
  const shown = async (processes: readonly SiteAgentProcess[]): Promise<readonly string[]> => {
    await refresh(instruments, { figures: figuresOf(processes) });
    return (await instruments.registry.metrics()).split('\n').filter((line) => line.startsWith('testmesh_site_agent_'));
  };
  const labels = 'workspace="acme",agent="berlin",process="rack-7"';
  expect(await shown([BERLIN])).toEqual([
    `testmesh_site_agent_silent_seconds{${labels}} 2.5`,
    `testmesh_site_agent_runs_carried{${labels}} 3`,
    `testmesh_site_agent_run_slots{${labels}} 8`,
    `testmesh_site_agent_runs_ended{${labels},verdict="passed"} 5`,
    `testmesh_site_agent_runs_ended{${labels},verdict="failed"} 1`,
    `testmesh_site_agent_requests{${labels}} 90`,
    `testmesh_site_agent_requests_failed{${labels}} 4`,
    `testmesh_site_agent_memory_bytes{${labels}} 5000000`,
  ]);
  expect(await shown([])).toEqual([]);
});
