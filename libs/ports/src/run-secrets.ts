/** What a run needs of secrets to go on elsewhere; encrypted at rest. The journal lets go of it with the run's last event. */
export interface RunSecrets {
  /** Keeps values under a name; durable when the promise is fulfilled. Keeping a name again replaces its values. */
  readonly keep: (runId: string, name: string, values: string) => Promise<void>;
  /** Everything kept for a run, by name. */
  readonly of: (runId: string) => Promise<ReadonlyMap<string, string>>;
}
