import type { RunEvent } from '@testmesh/domain';

/** Where a run's facts go: written behind, made durable where the engine asks for it. */
export interface RunRecorder {
  /** Takes a fact; it is durable after the next `durable()` at the latest. */
  readonly record: (event: RunEvent) => void;
  /** Resolves once every fact recorded so far is on stable storage. */
  readonly durable: () => Promise<void>;
}
