export { type WayOut, wayOut } from './dispatcher.ts';
export { RemoteBlobs } from './remote-blobs.ts';
export { RemoteEnvironments } from './remote-environments.ts';
export { type OutboundRules, type RemoteOptions, RemoteRuns } from './remote-runs.ts';
export { type AgentSelf, type AgentSession, openSession } from './session.ts';
export { NotAdmitted, Refused, Transport, type TransportOptions, Unreachable } from './transport.ts';
