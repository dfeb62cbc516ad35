import type { ActionContext } from '@testmesh/action-kit';
import type { Container } from 'dockerode';
import { lastLines } from '../logs.ts';
import { DockerProblem, statusOf } from '../problem.ts';
import type { Probe, Sighting } from './probe.ts';

const INTERVAL_MS = 100;
const SHOWN_LINES = 15;

interface Wait {
  readonly container: Container;
  readonly name: string;
  /** All of them must be ready, one after the other; asked for once the container runs and its ports are known. */
  readonly probes: () => readonly Probe[];
  readonly timeoutMs: number;
}

/** Waits until every probe is ready; a container that ends, or a deadline that passes, is a problem with its last words. */
export const waitReady = async (wait: Wait, { clock, signal }: ActionContext): Promise<void> => {
  const deadline = clock.monotonic() + wait.timeoutMs;
  await mustRun(wait);
  for (const probe of wait.probes()) {
    for (let last = await probe.look(signal); !last.ready; last = await probe.look(signal)) {
      await mustRun(wait);
      if (clock.monotonic() >= deadline) throw await tooLate(wait, probe, last);
      await clock.sleep(INTERVAL_MS, signal);
    }
  }
  await mustRun(wait);
};

const mustRun = async ({ container, name }: Wait): Promise<void> => {
  const { State } = await container.inspect().catch((error: unknown) => {
    if (statusOf(error) === 404)
      throw new DockerProblem('TM4504', `the container ${name} was removed while it started`);
    throw error;
  });
  if (State.Running) return;
  const why = State.OOMKilled ? 'it used more memory than it may' : `exit code ${State.ExitCode}`;
  throw new DockerProblem(
    'TM4504',
    `the container ${name} ended before it was ready (${why})${await words(container)}`,
  );
};

const tooLate = async ({ container, name, timeoutMs }: Wait, probe: Probe, last: Sighting): Promise<DockerProblem> => {
  const seen = last.ready ? '' : `: ${last.seen}`;
  return new DockerProblem(
    'TM4505',
    `the container ${name} was not ready within ${timeoutMs} ms; waited for ${probe.what}${seen}${await words(container)}`,
    'raise `timeout` if it only needs longer',
  );
};

const words = async (container: Container): Promise<string> => {
  const lines = await lastLines(container, SHOWN_LINES);
  return lines === '' ? '; its log is empty' : `; its last log lines:\n${lines}`;
};
