import type { Action } from '@testmesh/action-kit';
import { grpcCall } from './grpc-call.ts';

export const actions: readonly Action[] = [grpcCall];
export { grpcCall };
