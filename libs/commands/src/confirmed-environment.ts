import { Problem } from '@testmesh/contracts';

/** The environment a run was asked for in, and its name once more where that was said. */
export interface AskedEnvironment {
  /** By name or by id. */
  readonly environment: string | null;
  readonly confirmedEnvironment: string | null;
}

interface FoundEnvironment {
  readonly name: string;
  readonly protected: boolean;
}

export interface EnvironmentNames {
  readonly get: (workspace: string, nameOrId: string) => Promise<FoundEnvironment | undefined>;
}

/** Whether a protected environment was named twice; the id is as good as the name: both were typed on purpose. */
export const isConfirmed = (name: string, { environment, confirmedEnvironment: confirmed }: AskedEnvironment) =>
  confirmed !== null && (confirmed === name || confirmed === environment);

export const unconfirmed = (name: string, at = ''): Problem => {
  const message = `the environment ${name} is protected: confirm the run with its name`;
  return new Problem('cannot-be-done', message, {
    errors: [{ pointer: `${at}/confirm_environment`, message: `send "${name}"` }],
  });
};

export const noEnvironment = (wanted: string, at = ''): Problem =>
  new Problem('cannot-be-done', `there is no environment ${wanted} in this workspace`, {
    errors: [{ pointer: `${at}/environment`, message: 'no environment of the workspace has this name or id' }],
  });

/**
 * The environment that all parts of a run are to run in, by its name: one that is not there, or is protected and was not
 * confirmed, is refused before the first part. `at` is where the request speaks of it.
 */
export const environmentOfParts = async (
  environments: EnvironmentNames,
  workspace: string,
  asked: AskedEnvironment,
  at = '',
): Promise<AskedEnvironment> => {
  const { environment: wanted } = asked;
  if (wanted === null) return { environment: null, confirmedEnvironment: null };
  const kept = await environments.get(workspace, wanted);
  if (kept === undefined) throw noEnvironment(wanted, at);
  const isNamedTwice = isConfirmed(kept.name, asked);
  if (kept.protected && !isNamedTwice) throw unconfirmed(kept.name, at);
  return { environment: kept.name, confirmedEnvironment: isNamedTwice ? kept.name : null };
};
