// One dockerd of our own per machine: two would share docker0 and the firewall's chains. Whoever needs it claims a place among
// its users; the last user to leave stops it. A daemon that lost all its users to SIGKILL is taken over by the next.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { exists, machineCache, randomName } from '../cache.ts';
import { type Claim, isHeld, tryHold } from '../held.ts';
import { runTool } from '../processes.ts';

/** The label that tells our daemon from anybody else's: only in ours are stand-in images built. */
export const ownDaemonLabel = 'dev.testmesh.daemon=own';

const home = path.join(machineCache, 'docker');

export const ownDaemon = {
  home,
  socket: path.join(home, 'docker.sock'),
  pidFile: path.join(home, 'dockerd.pid'),
  exec: path.join(home, 'exec'),
  data: path.join(home, 'data'),
  log: path.join(home, 'dockerd.log'),
  users: path.join(home, 'users'),
};

export const dockerAnswers = (socketPath: string): Promise<boolean> =>
  new Docker({ socketPath, timeout: 2_000 }).ping().then(
    () => true,
    () => false,
  );

export const claimPlace = async (): Promise<Claim> => {
  const claim = await tryHold(path.join(ownDaemon.users, randomName()));
  if (claim === undefined) throw new Error('a random name was taken');
  return claim;
};

export const hasUsers = async (): Promise<boolean> => {
  if (!(await exists(ownDaemon.users))) return false;
  const names = await readdir(ownDaemon.users);
  const held = await Promise.all(names.map((name) => isHeld(path.join(ownDaemon.users, name))));
  return held.includes(true);
};

const processTable = async () => {
  const table = await runTool('ps', ['-axo', 'pid=,ppid=,command=']);
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
};

const endNow = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself
  }
};

const unmountHome = async () => {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const target of mounts.filter((at) => at.startsWith(`${home}/`)).reverse())
    await runTool('umount', ['-l', target]);
};

/** A killed dockerd leaves containers under their shims, and files that let the next start wait for a dead containerd. */
export const clearLeftovers = async (): Promise<void> => {
  const { exec, pidFile, socket } = ownDaemon;
  const table = await processTable();
  const shims = table.filter(({ command }) => /^\S*containerd/.test(command) && command.includes(`${exec}/`));
  for (const shim of shims) {
    for (const child of table.filter(({ parent }) => parent === shim.pid)) endNow(child.pid);
    endNow(shim.pid);
  }
  if (shims.length > 0) await sleep(200);
  await unmountHome();
  for (const file of [exec, pidFile, socket]) await rm(file, { recursive: true, force: true });
};

/** Decided before the start, never by a start that failed: each driver has its own images. */
const storageDriver = async () => {
  const probe = await mkdtemp(path.join(home, 'probe-'));
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => path.join(probe, name));
  try {
    for (const folder of [lower, upper, work, merged]) await mkdir(folder as string);
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await runTool('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged as string]);
    await runTool('umount', [merged as string]);
    return 'overlay2';
  } catch {
    return 'vfs'; // this kernel or file system cannot stack folders: slower and larger, but the same to every caller
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
};

const lastLines = async () => (await readFile(ownDaemon.log, 'utf8')).trim().split('\n').slice(-3).join('\n');

export const startDaemon = async (signal: AbortSignal): Promise<void> => {
  await mkdir(ownDaemon.home, { recursive: true });
  await clearLeftovers();
  const args = [
    `--storage-driver=${await storageDriver()}`,
    `--data-root=${ownDaemon.data}`,
    `--exec-root=${ownDaemon.exec}`,
    `--pidfile=${ownDaemon.pidFile}`,
    `--host=unix://${ownDaemon.socket}`,
    `--label=${ownDaemonLabel}`,
    '--log-level=warn',
    '--shutdown-timeout=5',
  ];
  const log = await open(ownDaemon.log, 'w');
  const daemon = spawn('dockerd', args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  let over: string | undefined;
  daemon.once('error', (error) => {
    over = error.message;
  });
  daemon.once('exit', (code) => {
    over = `code ${code}`;
  });
  daemon.unref(); // it stays for its other users when this process leaves
  for (let waited = 0; !(await dockerAnswers(ownDaemon.socket)); waited += 100) {
    if (over !== undefined) throw new Error(`dockerd ended with ${over}\n${await lastLines()}`);
    if (waited > 30_000 || signal.aborted) {
      daemon.kill();
      throw new Error(`dockerd did not answer in 30 s\n${await lastLines()}`);
    }
    await sleep(100);
  }
};

/** Containers, volumes and networks go; named images stay, they are expensive. */
export const emptyDaemon = async (): Promise<void> => {
  const docker = new Docker({ socketPath: ownDaemon.socket });
  const containers = await docker.listContainers({ all: true });
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  await docker.pruneNetworks();
  await docker.pruneVolumes();
  await docker.pruneImages();
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
};

const daemonPid = async (): Promise<number | undefined> => {
  const { pidFile } = ownDaemon;
  if (!(await exists(pidFile))) return undefined;
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  const command = await runTool('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => '');
  return command.includes(pidFile) ? pid : undefined;
};

export const stopDaemon = async (): Promise<void> => {
  await emptyDaemon();
  const pid = await daemonPid();
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    for (let waited = 0; isRunning(pid) && waited < 20_000; waited += 50) await sleep(50);
    if (isRunning(pid)) endNow(pid);
  }
  await clearLeftovers();
  await runTool('ip', ['link', 'delete', 'docker0']).catch(() => undefined); // gone already, or no `ip` here
};
