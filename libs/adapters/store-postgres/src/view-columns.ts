import { createHash } from 'node:crypto';
import type { ViewChange } from '@testmesh/ports';

/** The columns a projector gives for a run; the rest has its default. */
const COLUMN_TYPES: Readonly<Record<string, string>> = {
  workspace: 'text',
  run_id: 'text',
  flow_id: 'text',
  flow_name: 'text',
  file: 'text',
  environment: 'text',
  tags: 'json',
  pool: 'text',
  trigger_kind: 'text',
  trigger_id: 'text',
  requested_by: 'text',
  status: 'text',
  verdict: 'text',
  reason: 'text',
  error_code: 'text',
  executor: 'text',
  attempt: 'int',
  requested_at: 'bigint',
  started_at: 'bigint',
  finished_at: 'bigint',
  duration_ms: 'double precision',
  steps_total: 'int',
  steps_passed: 'int',
  steps_failed: 'int',
  steps_skipped: 'int',
};

/** What stands where a change does not say it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  pool: `'default'`,
  trigger_kind: `'api'`,
  requested_by: `''`,
  attempt: '0',
  steps_total: '0',
  steps_passed: '0',
  steps_failed: '0',
  steps_skipped: '0',
};

/** A tsvector holds a megabyte; what is looked for stands at the front. */
const MOST_SEARCHED = 100_000;

/** PostgreSQL takes neither NUL nor half a surrogate pair in a text. */
export const storable = <Value>(value: Value): Value | string =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value;

const storableParts = (parts: object) =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, storable(value)]));

/** The statement that writes runs; its parameters are the projector, the rows of `runRows` and the bytes of `viewBytes`. */
export const writeRunsSql = (names: readonly string[]): string => {
  const given = names.map((name) => `${name} ${COLUMN_TYPES[name]}`).join(', ');
  const updates = [...names, 'ver', 'bytes', 'sha256', 'search', 'outline']
    .map((name) => `${name} = excluded.${name}`)
    .join(', ');
  return `insert into testmesh.run_view (projector, stream, ver, bytes, sha256, search, outline, ${names.join(', ')})
    select $1, r.stream, r.ver, substring($3::bytea from r.first for r.size), r.sha256, to_tsvector('simple', r.words), r.outline,
      ${names.map(givenValue).join(', ')}
    from json_to_recordset($2) as r(stream text, ver int, first int, size int, sha256 text, words text, outline text, ${given})
    on conflict (projector, stream) do update set ${updates}`;
};

const TAGS = `coalesce((select array_agg(tag order by at)
  from json_array_elements_text(r.tags) with ordinality t(tag, at)), '{}')`;

const givenValue = (name: string): string => {
  if (name === 'tags') return TAGS;
  return DEFAULTS[name] === undefined ? `r.${name}` : `coalesce(r.${name}, ${DEFAULTS[name]})`;
};

/** The columns that any of the changes gives. */
export const columnNames = (changes: readonly ViewChange[]): readonly string[] => {
  const names = [...new Set(changes.flatMap(({ columns }) => Object.keys(columns)))];
  const unknown = names.filter((name) => COLUMN_TYPES[name] === undefined);
  if (unknown.length > 0) throw new Error(`run views have no column ${unknown.join(', ')}`);
  return names;
};

/** Rows as a JSON list; where a view's bytes lie among those of all stands in its row. */
export const runRows = (changes: readonly ViewChange[]): string => {
  let first = 1;
  const rows = changes.map((change) => {
    const row = {
      ...storableParts(change.columns),
      ...tagsOf(change),
      stream: change.stream,
      ver: change.ver,
      first: change.bytes ? first : null,
      size: change.bytes?.length ?? null,
      sha256: change.bytes ? createHash('sha256').update(change.bytes).digest('hex') : null,
      words: storable(wordsOf(change)),
      // JSON has escapes where PostgreSQL takes no character.
      outline: change.outline ?? null,
    };
    first += change.bytes?.length ?? 0;
    return row;
  });
  return JSON.stringify(rows);
};

/** The bytes of all views one after the other: one binary parameter, which nobody has to write and read as text. */
export const viewBytes = (changes: readonly ViewChange[]): Buffer =>
  Buffer.concat(changes.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes])));

/** Tags are a list; a column holds them as the text of a JSON list. */
const tagsOf = ({ columns: { tags } }: ViewChange) =>
  typeof tags === 'string' && { tags: (JSON.parse(tags) as unknown[]).map(storable) };

/** What people look for: the flow, its file, why it failed, its steps and their errors, codes included. */
const wordsOf = ({ columns, steps = [] }: ViewChange): string =>
  [
    ...[columns['flow_name'], columns['file'], columns['reason'], columns['error_code']],
    ...steps.flatMap(({ id, error, errorCode }) => [id, error, errorCode]),
  ]
    .filter((word) => typeof word === 'string')
    .join(' ')
    // The parser would keep `localhost:5001` as one word, and nobody would find it by its port.
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .slice(0, MOST_SEARCHED);

export const stepRows = (changes: readonly ViewChange[]): string =>
  JSON.stringify(
    changes.flatMap(({ stream, steps = [] }) => steps.map((step) => ({ stream, ...storableParts(step) }))),
  );
