import type { ViewChange } from '@testmesh/ports';
import type { PackedChange } from './packed-views.ts';

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

/** Characters of what stands in an index: with all of them together an entry stays below the 2,704 bytes of a page's third. */
const LONGEST_KEY = 200;

/** As it stands in an index: names are checked, but a file's or what a step reached for is as long as it is. */
export const keyText = <Value>(value: Value): Value | string => {
  const text = storable(value);
  if (typeof text !== 'string' || text.length <= LONGEST_KEY) return text;
  return `${text.slice(0, LONGEST_KEY - 1).toWellFormed()}…`;
};

const IN_AN_INDEX: ReadonlySet<string> = new Set([
  'flow_id',
  'flow_name',
  'environment',
  'status',
  'verdict',
  'trigger_id',
]);

const storableParts = (parts: object) =>
  Object.fromEntries(
    Object.entries(parts).map(([name, value]) => [name, IN_AN_INDEX.has(name) ? keyText(value) : storable(value)]),
  );

/** The statement that writes runs; its parameters are the projector and what `runRows` and `longParts` give. */
export const writeRunsSql = (names: readonly string[]): string => {
  const given = names.map((name) => `${name} ${COLUMN_TYPES[name]}`).join(', ');
  const updates = [...names, 'ver', 'bytes', 'coding', 'sha256', 'search', 'outline']
    .map((name) => `${name} = excluded.${name}`)
    .join(', ');
  return `insert into testmesh.run_view (projector, stream, ver, bytes, coding, sha256, search, outline, ${names.join(', ')})
    select $1, r.stream, r.ver, substring($3::bytea from r.bytes_at for r.bytes_size), 'br', r.sha256,
      to_tsvector('simple', r.words), convert_from(substring($3::bytea from r.outline_at for r.outline_size), 'UTF8'),
      ${names.map(givenValue).join(', ')}
    from json_to_recordset($2) as r(stream text, ver int, bytes_at int, bytes_size int, outline_at int, outline_size int,
      sha256 text, words text, ${given})
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

/** Rows as a JSON list; where a run's long parts lie among those of all stands in its row. */
export const runRows = (changes: readonly PackedChange[]): string => {
  let end = 1;
  const next = (part: Buffer | undefined) => {
    const at = end;
    end += part?.length ?? 0;
    return part === undefined ? [null, null] : [at, part.length];
  };
  const rows = changes.map((change) => {
    const [bytes_at, bytes_size] = next(change.packed?.bytes);
    const [outline_at, outline_size] = next(change.packed?.outline);
    return {
      ...storableParts(change.columns),
      ...tagsOf(change),
      ...{ stream: change.stream, ver: change.ver, bytes_at, bytes_size, outline_at, outline_size },
      sha256: change.packed?.sha256 ?? null,
      words: storable(wordsOf(change)),
    };
  });
  return JSON.stringify(rows);
};

/** The long parts of all runs one after the other: one binary parameter, which nobody has to write and read as text. */
export const longParts = (changes: readonly PackedChange[]): Buffer =>
  Buffer.concat(changes.flatMap(({ packed }) => (packed === undefined ? [] : [packed.bytes, packed.outline])));

/** Tags are a list; a column holds them as the text of a JSON list. */
const tagsOf = ({ columns: { tags } }: ViewChange) =>
  typeof tags === 'string' && { tags: (JSON.parse(tags) as unknown[]).map(keyText) };

/** What people look for: the flow, its file, why it failed, its steps and their errors, codes included. */
const wordsOf = ({ columns, words }: ViewChange): string =>
  [columns['flow_name'], columns['file'], columns['reason'], columns['error_code'], words]
    .filter((word) => typeof word === 'string')
    .join(' ')
    // The parser would keep `localhost:5001` as one word, and nobody would find it by its port.
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .slice(0, MOST_SEARCHED);
