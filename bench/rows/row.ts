/** One line of the results. */
export interface Result {
  readonly ours: string;
  readonly baseline: string;
  /** Ours over the baseline, or the figure the target speaks of. */
  readonly figure: number | undefined;
  /** Why it did not run, or what else should be known. */
  readonly note?: string;
}

export interface Row {
  readonly what: string;
  readonly against: string;
  readonly unit: '×' | 'MB';
  readonly target: number;
  readonly measure: () => Promise<readonly Result[]>;
}

export const ms = (value: number): string => (value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`);
