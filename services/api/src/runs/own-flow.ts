import type { RunRequest } from '@testmesh/commands';
import { demand } from '../access/authentication.ts';
import type { Caller } from '../http/route.ts';

/**
 * A flow of one's own reads every secret of an environment and sends it wherever it likes: who may only run what is
 * kept, and was seen by others, must not bring one.
 */
export const demandOwnFlow = (caller: Caller, request: Pick<RunRequest, 'definition' | 'bundle'>): void => {
  if (request.definition !== undefined || request.bundle !== undefined) demand(caller, 'flows:create');
};

export const OWN_FLOW =
  'A flow that is not kept on the server, as `definition` or `bundle`, asks for the permission flows:create, too.';
