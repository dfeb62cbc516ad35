import type { Action } from '@testmesh/action-kit';
import { mockServerConfigure, mockServerReset, mockServerStart, mockServerStop, mockServerVerify } from './actions.ts';

export const actions: readonly Action[] = [
  mockServerStart,
  mockServerConfigure,
  mockServerVerify,
  mockServerReset,
  mockServerStop,
];
export { mockServerConfigure, mockServerReset, mockServerStart, mockServerStop, mockServerVerify };
