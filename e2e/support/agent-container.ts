import { setTimeout as sleep } from 'node:timers/promises';
import { runTool } from '../../tools/infra/processes.ts';
import { root } from './cli.ts';

// A site agent in its image, as `docker run` starts it.

const IMAGE = 'testmesh/site-agent';

interface Daemon {
  /** With `DOCKER_HOST`. */
  readonly env: NodeJS.ProcessEnv;
}

const docker = ({ env }: Daemon, ...args: readonly string[]) => runTool('docker', args, { cwd: root, env });

export const buildAgentImage = async (daemon: Daemon): Promise<void> => {
  await docker(daemon, 'build', '--target', 'site-agent', '--tag', IMAGE, '.');
};

export interface AgentContainer extends AsyncDisposable {
  /** Resolves when its own check says so. */
  readonly healthy: () => Promise<void>;
  /** Runs a command in it and answers what that printed. */
  readonly exec: (...command: readonly string[]) => Promise<string>;
  /** As `docker stop` does; the exit code. */
  readonly stop: () => Promise<string>;
}

/** Writes nothing but /tmp and may do nothing that root may. */
export const startAgentContainer = async (
  daemon: Daemon,
  { network, settings }: { readonly network: string; readonly settings: Readonly<Record<string, string>> },
): Promise<AgentContainer> => {
  const bounds = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
  const env = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  // Asked more often than by default, to be waited for less.
  const how = ['--detach', '--network', network, '--health-interval', '1s', ...bounds, ...env];
  const id = await docker(daemon, 'run', ...how, IMAGE);
  const inspected = (what: string) => docker(daemon, 'inspect', '--format', `{{.State.${what}}}`, id);
  return {
    healthy: async () => {
      while ((await inspected('Health.Status')) !== 'healthy') {
        if ((await inspected('Running')) !== 'true') throw new Error(await docker(daemon, 'logs', id));
        await sleep(250);
      }
    },
    exec: (...command) => docker(daemon, 'exec', id, ...command),
    stop: async () => {
      await docker(daemon, 'stop', id);
      return inspected('ExitCode');
    },
    [Symbol.asyncDispose]: async () => {
      await docker(daemon, 'rm', '--force', id);
    },
  };
};
