import type { StoredTestEnvironment, TestEnvironments } from '@testmesh/ports';
import { found } from '../configuration/refusals.ts';
import type { Caller } from '../http/route.ts';

/** An environment of another workspace is not there. */
export const ownEnvironment = async (
  { testEnvironments }: { readonly testEnvironments: Pick<TestEnvironments, 'find'> },
  { workspace }: Pick<Caller, 'workspace'>,
  id: string,
): Promise<StoredTestEnvironment> => {
  const environment = await testEnvironments.find(id.toLowerCase());
  return found(environment?.workspace === workspace ? environment : undefined, `test environment ${id}`);
};
