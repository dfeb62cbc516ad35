import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stops a process with SIGSTOP and returns when each of its threads stands: on a busy machine they run on for a while after the signal. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  for (let tries = 0; tries < 1000; tries += 1) {
    if ((await threadStates(pid)).every((state) => state === 'T')) return;
    await sleep(10);
  }
  throw new Error(`process ${pid} did not stop within 10 s of SIGSTOP`);
}

/** The state letters of proc(5), one for each thread; the name before them stands in parentheses and may hold blanks. */
async function threadStates(pid: number): Promise<string[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lines = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/stat`, 'utf8')));
  return lines.map((line) => line.slice(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3));
}
