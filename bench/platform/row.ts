/** What one measurement came to. */
export interface Result {
  readonly ours: string;
  readonly baseline: string;
  /** In the row's unit; undefined where it could not be measured. */
  readonly figure: number | undefined;
  readonly note?: string;
}

/** A line of the platform's table; a figure is met when it is at least, or at most, its target. */
export interface PlatformRow {
  readonly name: string;
  readonly what: string;
  readonly against: string;
  readonly unit: '%' | 'ms' | 's' | 'MB' | 'events/s';
  readonly target: { readonly least: number } | { readonly most: number };
  readonly measure: () => Promise<readonly Result[]>;
}

const verdictOf = ({ target }: PlatformRow, { figure }: Result): 'met' | 'missed' | '' => {
  if (figure === undefined) return '';
  const isMet = 'least' in target ? figure >= target.least : figure <= target.most;
  return isMet ? 'met' : 'missed';
};

const targetText = ({ target, unit }: PlatformRow): string =>
  'least' in target ? `≥ ${target.least} ${unit}` : `≤ ${target.most} ${unit}`;

const digits = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : `${Math.round(value)}`;

const figureText = ({ unit }: PlatformRow, { figure }: Result): string =>
  figure === undefined ? '—' : `${digits(figure)} ${unit}`;

export const lineOf = (row: PlatformRow, result: Result): string => {
  const note = result.note === undefined ? '' : ` (${result.note})`;
  const cells = [row.what, row.against, result.ours, result.baseline, figureText(row, result), targetText(row)];
  return `| ${cells.join(' | ')} | ${verdictOf(row, result)}${note} |`;
};

export const perSecond = (value: number, what: string): string => `${Math.round(value).toLocaleString('en')} ${what}/s`;

/** The value below which the given part of all values lies. */
export const percentile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
};
