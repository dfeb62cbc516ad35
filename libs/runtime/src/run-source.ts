import type { RecordedEvent, RunId } from '@testmesh/domain';
import type { EnginePorts, RunInput } from '@testmesh/engine';

/** What a run needs besides its history: its flow and values, and the files that it may read. */
export interface LoadedRun {
  readonly input: Omit<RunInput, 'history' | 'startedAt'>;
  readonly files: Pick<EnginePorts, 'childFlow' | 'readFile' | 'glob' | 'schemaCheck' | 'xmlSchemaCheck' | 'outbound'> &
    // Where each run has a store of bodies of its own.
    Partial<Pick<EnginePorts, 'blobs'>>;
}

/** Where an executor finds what a run was given. */
export interface RunSource {
  /** Rejects with `RunUnloadable` when trying again cannot help; any other rejection is tried again. */
  readonly load: (runId: RunId, history: readonly RecordedEvent[]) => Promise<LoadedRun>;
}

/** The run cannot begin, here or anywhere: its message is the reason that people read. */
export class RunUnloadable extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'RunUnloadable';
  }
}
