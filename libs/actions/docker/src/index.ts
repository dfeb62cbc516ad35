import type { Action } from '@testmesh/action-kit';
import { dockerRun } from './docker-run.ts';
import { dockerStop } from './docker-stop.ts';

export const actions: readonly Action[] = [dockerRun, dockerStop];
export { dockerRun, dockerStop };
