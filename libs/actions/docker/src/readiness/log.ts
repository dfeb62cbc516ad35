import type { Container } from 'dockerode';
import { lastLines } from '../logs.ts';
import { notYet, type Probe, READY } from './probe.ts';

const LINES = 10_000;

/** Text that appears in the container's log often enough. */
export const logProbe = (container: Container, text: string, times: number): Probe => ({
  what: `${JSON.stringify(text)} in its log${times > 1 ? ` ${times} times` : ''}`,
  async look() {
    const count = (await lastLines(container, LINES)).split(text).length - 1;
    if (count >= times) return READY;
    return notYet(count === 0 ? 'the log does not have it' : `the log has it ${count} times`);
  },
});
