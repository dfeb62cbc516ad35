// Which form of a report a client wants: `?format=` says it outright, else the Accept header does.

export const REPORT_FORMATS = ['run', 'json', 'junit', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What the Accept header may name; `json` has the type of `run` and is only had by its name. */
const BY_TYPE: readonly (readonly [string, ReportFormat])[] = [
  ['application/json', 'run'],
  ['application/xml', 'junit'],
  ['text/xml', 'junit'],
  ['text/html', 'html'],
];

/** The form that the client likes best; the folded run where it does not care. */
export const formatOf = (query: ReportFormat | undefined, accept: string | undefined): ReportFormat => {
  if (query !== undefined) return query;
  const wanted = (accept ?? '*/*').split(',').map(rangeOf);
  let best: { readonly format: ReportFormat; readonly quality: number } = { format: 'run', quality: 0 };
  for (const [type, format] of BY_TYPE) {
    const quality = Math.max(0, ...wanted.filter(({ range }) => range === type).map((one) => one.quality));
    if (quality > best.quality) best = { format, quality };
  }
  return best.format;
};

const rangeOf = (text: string): { readonly range: string; readonly quality: number } => {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return { range, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
};
