/** What one look at a container found: ready, or why not yet. */
export type Sighting = { readonly ready: true } | { readonly ready: false; readonly seen: string };

/** Looks once whether something is ready; its signal ends the look. */
export interface Probe {
  /** What is waited for: `PostgreSQL on 127.0.0.1:32768`. */
  readonly what: string;
  readonly look: (signal: AbortSignal) => Promise<Sighting>;
}

export const READY: Sighting = { ready: true };
export const notYet = (seen: string): Sighting => ({ ready: false, seen });
