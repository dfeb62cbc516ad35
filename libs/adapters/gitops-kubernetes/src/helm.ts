import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ValueMap } from '@testmesh/domain';
import { plainDocuments, type TemplateDocument, TemplateProblem } from '@testmesh/templates';

export interface Chart {
  /** Helm's program. */
  readonly program: string;
  readonly folder: string;
  readonly release: string;
  readonly values: ValueMap;
}

const LONGEST_OUTPUT = 32 * 1024 * 1024;

/** What a chart says with these values. Its own tests are left out; nothing is asked of any cluster or repository. */
export const rendered = async (chart: Chart, signal: AbortSignal): Promise<readonly TemplateDocument[]> => {
  const { program, folder, release, values } = chart;
  const args = ['template', release, folder, '--namespace', release, '--skip-tests', '--values', '-'];
  const running = promisify(execFile)(program, args, { signal, maxBuffer: LONGEST_OUTPUT });
  running.child.stdin?.on('error', () => undefined); // it ended without reading: its exit says why
  running.child.stdin?.end(JSON.stringify(values));
  try {
    const { stdout } = await running;
    return plainDocuments({ text: stdout, where: 'the chart' });
  } catch (error) {
    signal.throwIfAborted();
    const { stderr, code } = error as { readonly stderr?: string; readonly code?: unknown };
    // A program that is not there is the operator's mistake; what Helm says is about the chart or its values.
    if (typeof code !== 'number') throw error;
    throw new TemplateProblem(`Helm could not render the chart: ${stderr?.trim().slice(-1000)}`);
  }
};
