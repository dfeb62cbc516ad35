import type { ActionContext } from '@testmesh/action-kit';
import type { MockServer } from './mock-server.ts';

/** Why a mock could not do what a step asked for; becomes the step's error. */
export class MockProblem extends Error {
  readonly code: string;
  readonly help: string | undefined;
  /** The key of the config that is at fault. */
  readonly at: string | undefined;
  constructor(code: string, message: string, help?: string, at?: string) {
    super(message);
    this.code = code;
    this.help = help;
    this.at = at;
  }
}

/** The kind under which a run keeps its mock servers, each by its id. */
export const MOCK_SERVER = 'mock-server';

/** The mock servers of a run that are up. */
export const registry = ({ use }: ActionContext): Promise<Set<MockServer>> =>
  use(
    { kind: 'mock-servers', key: 'all' },
    async () => new Set<MockServer>(),
    async (servers) => servers.clear(),
  );

/** The server a step speaks of: by name, by id, or the only one there is. */
export const serverOf = async (named: string | undefined, context: ActionContext): Promise<MockServer> => {
  const servers = [...(await registry(context))];
  const [found, another] =
    named === undefined ? servers : servers.filter(({ id, name }) => id === named || name === named);
  if (found && !another) return found;
  const there = servers.map(({ name }) => name).join(', ') || 'none is up';
  if (named !== undefined)
    throw new MockProblem('TM4601', `there is no mock server ${named} in this run; up: ${there}`);
  const help = found ? 'name one of them under `server`' : 'start one with mock_server_start';
  throw new MockProblem('TM4601', found ? `there are several mock servers: ${there}` : 'no mock server is up', help);
};
