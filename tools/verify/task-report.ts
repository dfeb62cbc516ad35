// Reads what `nx run-many --outputStyle=static` prints: a section per task, and at the end the tasks that failed.
import type { SuiteOutcome } from './outcome.ts';

const sectionStart = /^> nx run testmesh:(\S+)/;
const failedTask = /^- testmesh:(\S+)$/;

/** The output of each task, by its name. */
const sections = (lines: readonly string[]): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of lines) {
    const [, name] = sectionStart.exec(line) ?? [];
    if (name !== undefined) {
      current = [];
      found.set(name, current);
    } else if (/^\s*NX\s/.test(line)) {
      current = undefined; // Nx speaks about all tasks: no task's output
    } else current?.push(line);
  }
  return found;
};

/** A task counts as passed only when Nx ran it (or had it cached) and did not list it among the failed. */
export const readTaskReport = (
  tasks: readonly string[],
  output: string,
): Pick<SuiteOutcome, 'passed' | 'failed' | 'skips' | 'words'> => {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const outputs = sections(lines);
  const red = new Set(lines.flatMap((line) => failedTask.exec(line)?.[1] ?? []));
  const failed = tasks.filter((task) => red.has(task) || !outputs.has(task));
  const words = failed.map((task) => `${task}:\n${outputs.get(task)?.join('\n').trim() ?? output}`);
  return { passed: tasks.length - failed.length, failed: failed.length, skips: [], words: words.join('\n\n') };
};
