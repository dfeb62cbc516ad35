// Who a container belongs to. Invariants:
// O1. What a run creates carries its id and the process that owns it; nothing else is ever removed by us.
// O2. An owner counts as dead only when that is certain: its machine restarted, or its process is gone, seen from the
//     same process namespace. A daemon reached over the network may serve machines that merely look like this one.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process, told apart from every other that ever had its number. */
export interface Owner {
  readonly pid: string;
  /** When the process started, in the kernel's ticks; empty where the system does not say. */
  readonly started: string;
  readonly host: string;
  /** Changes with each start of the machine; empty where the system does not say. */
  readonly boot: string;
  readonly namespace: string;
}

export const RUN_LABEL = 'testmesh.run';

const KEYS = ['pid', 'started', 'host', 'boot', 'namespace'] as const;

export const ownerLabels = (runId: string, owner: Owner): Record<string, string> => ({
  [RUN_LABEL]: runId,
  ...Object.fromEntries(KEYS.map((key) => [`testmesh.owner.${key}`, owner[key]])),
});

/** The owner named by labels; undefined when they are not all there. */
export const ownerOf = (labels: Readonly<Record<string, string>>): Owner | undefined => {
  const values = KEYS.map((key) => [key, labels[`testmesh.owner.${key}`]] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(values) as unknown as Owner;
};

/** What is needed to judge another process from here. */
export interface Vantage {
  readonly here: Owner;
  /** Whether the daemon runs on this machine. */
  readonly localDaemon: boolean;
  /** When the process with this number started; undefined when there is none. */
  readonly startOf: (pid: string) => string | undefined;
}

export const isDead = (owner: Owner, { here, localDaemon, startOf }: Vantage): boolean => {
  if (owner.host !== here.host) return false;
  if (owner.boot !== here.boot) return localDaemon && owner.boot !== '' && here.boot !== '';
  if (owner.namespace !== here.namespace) return false;
  const started = startOf(owner.pid);
  return started === undefined || started !== owner.started;
};

/** This process. */
export const thisProcess = (): Owner => ({
  pid: String(process.pid),
  started: startOfProcess(String(process.pid)) ?? '',
  host: hostname(),
  boot: read('/proc/sys/kernel/random/boot_id'),
  namespace: pidNamespace(),
});

/** When a process of this machine started; empty where the system does not say, undefined when it is gone. */
export const startOfProcess = (pid: string): string | undefined => {
  if (process.platform !== 'linux') return isAlive(Number(pid)) ? '' : undefined;
  // The command's name may hold spaces and brackets; the fields after the last bracket are plain.
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
};

const pidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
};
