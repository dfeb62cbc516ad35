import type { Action } from '@testmesh/action-kit';
import { httpRequest } from './http-request.ts';

export { httpRequest };
export const actions: readonly Action[] = [httpRequest];
