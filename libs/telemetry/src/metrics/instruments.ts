import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

// Everything that is counted and timed, by the names that docs/telemetry.md explains. One set per process.

export type Instruments = ReturnType<typeof createInstruments>;

const SHORT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const LONG = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** A process of a site agent. */
const PROCESS = ['workspace', 'agent', 'process'] as const;

export const createInstruments = (registry = new Registry()) => {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const timer = <Label extends string>(name: string, help: string, labelNames: readonly Label[], buckets: number[]) =>
    new Histogram({ name: `testmesh_${name}`, help, labelNames: [...labelNames], buckets, registers });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `testmesh_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `testmesh_${name}`, help, labelNames: [...labelNames], registers });
  return {
    registry,
    queueTime: timer('run_queue_seconds', 'From the request of a run to its first claim', [], LONG),
    runs: counter('runs_ended_total', 'Runs that ended here', ['verdict']),
    runTime: timer('run_seconds', 'From the start of a run to its end', ['verdict'], LONG),
    stepTime: timer('step_seconds', 'A step with all its attempts', ['action', 'status'], LONG),
    claimTime: timer('claim_seconds', 'One look into the queue', [], SHORT),
    claimed: counter('runs_claimed_total', 'Runs taken from the queue', []),
    appendTime: timer('append_seconds', 'One append to the journal, of many streams together', [], SHORT),
    appended: counter('events_appended_total', 'Events the journal took', []),
    refused: counter('appends_refused_total', 'Appends the journal refused: a fenced one came from a deposed owner', [
      'outcome',
    ]),
    leasesLost: counter('leases_lost_total', 'Runs whose lease was gone when it was to be extended', []),
    faults: counter('loop_faults_total', 'Rounds of a loop that failed; it goes on by itself', ['loop']),
    published: counter('events_published_total', 'Events sent on to the bus', []),
    publishTime: timer('publish_seconds', 'One batch to the bus', [], SHORT),
    carried: gauge('runs_carried', 'Runs in hand'),
    slots: gauge('run_slots', 'Runs that may be in hand at once'),
    queued: gauge('queue_runs', 'Runs that have not ended', ['pool', 'state']),
    oldestQueued: gauge('queue_oldest_seconds', 'Age of the run that waits longest', ['pool']),
    leaseLeft: gauge('lease_left_seconds', 'Least time left of any lease; negative when its owner is overdue'),
    horizonAge: gauge(
      'journal_horizon_age_seconds',
      'Age of the oldest transaction, which holds readers of the journal back',
    ),
    readerLag: gauge('journal_reader_lag_seconds', 'Age of the oldest event that a reader has not taken yet', [
      'reader',
    ]),
    parked: gauge('parked_streams', 'Streams whose view was set aside', ['reader']),
    agentSilence: gauge('site_agent_silent_seconds', 'Since a process of a site agent told of itself', PROCESS),
    agentCarried: gauge('site_agent_runs_carried', 'Runs in hand of a process', PROCESS),
    agentSlots: gauge('site_agent_run_slots', 'Runs that a process may have in hand', PROCESS),
    agentEnded: gauge('site_agent_runs_ended', 'Runs that ended in a process since it started', [
      ...PROCESS,
      'verdict',
    ]),
    agentRequests: gauge('site_agent_requests', 'Requests of a process to the server since it started', PROCESS),
    agentFailures: gauge('site_agent_requests_failed', 'Of these, those without an answer that says anything', PROCESS),
    agentMemory: gauge('site_agent_memory_bytes', 'Memory of a process', PROCESS),
    tracesLost: counter('traces_lost_total', 'Traces of runs that could not be exported', ['why']),
  };
};
