import type { ServiceRoute, Value } from '@testmesh/domain';
import type { RunReport, StepReport } from './run-report.ts';

// What a run touched: endpoints, topics and tables, from what its steps sent. The system graph builds on the same targets.
// V1. Equal reports give equal targets, in one order, each once.
// V2. A target is what a step reached for, whether or not it held: a step without an exchange reached for nothing.
// V3. What it costs is bounded, however long addresses and statements are and however many a loop makes up.
// V4. Ids in paths are not told apart: `/orders/17` and `/orders/18` are one endpoint.

export interface CoverageTarget {
  readonly action: string;
  readonly kind: 'endpoint' | 'topic' | 'table';
  /** The service, its address where no name is known; the database of a table; empty where it is not told. */
  readonly system: string;
  /** `POST /orders/{id}`, `/shop.Orders/Place`, `orders.created`, `public.orders`. */
  readonly name: string;
}

type Reached = Pick<RunReport, 'testEnvironment'>;
type Place = Omit<CoverageTarget, 'action'>;

const MOST_TARGETS = 500;
const LONGEST = { action: 60, system: 100, name: 200, query: 5000 } as const;

/** What the steps of a run reached for. */
export const coverageOf = (report: Reached, steps: Iterable<StepReport>): readonly CoverageTarget[] => {
  const routes = routesOf(report);
  const found = new Map<string, CoverageTarget>();
  for (const step of steps) {
    for (const place of placesOf(step, routes)) {
      const target = bounded({ action: step.action, ...place });
      found.set(JSON.stringify([target.kind, target.system, target.name, target.action]), target);
    }
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.slice(0, MOST_TARGETS).map(([, target]) => target);
};

const bounded = ({ kind, action, system, name }: CoverageTarget): CoverageTarget => ({
  kind,
  action: action.slice(0, LONGEST.action),
  system: system.slice(0, LONGEST.system),
  name: name.slice(0, LONGEST.name),
});

const routesOf = ({ testEnvironment }: Reached): readonly ServiceRoute[] =>
  testEnvironment !== undefined && 'routes' in testEnvironment ? testEnvironment.routes : [];

const placesOf = ({ exchange, output }: StepReport, routes: readonly ServiceRoute[]): readonly Place[] => {
  switch (exchange?.kind) {
    case 'http':
      return endpoint(textAt(exchange.request, 'method'), textAt(exchange.request, 'url'), routes);
    case 'grpc':
      return method(exchange.summary, routes);
    case 'kafka':
      return topic(textAt(exchange.request, 'topic') ?? textAt(output, 'topic'));
    case 'sql':
      return tables(exchange.request);
    default:
      return [];
  }
};

const textAt = (value: Value | undefined, member: string): string | undefined => {
  const found = memberOf(value, member);
  return typeof found === 'string' ? found : undefined;
};

const memberOf = (value: Value | undefined, member: string): Value | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, member)
    ? (value as Readonly<Record<string, Value>>)[member]
    : undefined;

const URL_PARTS = /^\w+:\/\/(?:[^/?#@]*@)?([^/?#@]*)([^?#]*)/;

const endpoint = (
  verb: string | undefined,
  url: string | undefined,
  routes: readonly ServiceRoute[],
): readonly Place[] => {
  const [, host, path = ''] = URL_PARTS.exec(url ?? '') ?? [];
  if (verb === undefined || url === undefined || !host) return [];
  const route = routes.find((one) => url === one.url || url.startsWith(one.url.replace(/\/?$/, '/')));
  return [{ kind: 'endpoint', system: route?.service ?? host, name: `${verb} ${withoutIds(path)}` }];
};

const GRPC = /^grpc:\/\/([^/\s]+)(\/\S+)/;

const method = (summary: string, routes: readonly ServiceRoute[]): readonly Place[] => {
  const [, host, name] = GRPC.exec(summary) ?? [];
  if (host === undefined || name === undefined) return [];
  const route = routes.find(({ url }) => URL_PARTS.exec(url)?.[1] === host);
  return [{ kind: 'endpoint', system: route?.service ?? host, name }];
};

const topic = (name: string | undefined): readonly Place[] =>
  name === undefined ? [] : [{ kind: 'topic', system: '', name }];

// Numbers, UUIDs, long hexadecimal and ULID-like words, and what is masked.
const ID =
  /^(?:\d+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}|(?=.*\d)[0-9A-HJKMNP-TV-Z]{20,}|.*\*\*\*.*)$/i;

const withoutIds = (path: string): string =>
  path === ''
    ? '/'
    : path
        .split('/')
        .map((part) => (ID.test(part) ? '{id}' : part))
        .join('/');

const tables = (request: Value | undefined): readonly Place[] => {
  const [, host = '', path = ''] = URL_PARTS.exec(textAt(request, 'connection') ?? '') ?? [];
  const statements = memberOf(request, 'statements');
  const queries = Array.isArray(statements) ? statements : [request];
  const names = queries.flatMap((one) => tablesIn(textAt(one, 'query') ?? ''));
  return names.map((name) => ({ kind: 'table', system: `${host}${path}`, name }));
};

// Texts and comments name no tables; `extract(day from x)` and `is distinct from y` speak of columns.
const NOISE =
  /'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|\b(?:extract|substring|trim|overlay|position)\s*\([^()]*\)|\bdistinct\s+from\b/gi;
const COMMON =
  /(?:\bwith\s+(?:recursive\s+)?|,\s*)("?[\w$]+"?)\s*(?:\([^()]*\)\s*)?as\s+(?:(?:not\s+)?materialized\s+)?\(/gi;
const TABLE =
  /\b(?:from|join|into|update|table)\s+(?:only\s+|if\s+(?:not\s+)?exists\s+)?((?:(?:"[^"]+"|`[^`]+`|[\w$]+)\s*\.\s*)?(?:"[^"]+"|`[^`]+`|[\w$]+))/gi;
const NO_TABLE: ReadonlySet<string> = new Set(['set', 'of', 'skip', 'nowait', 'select', 'lateral', 'unnest', 'values']);

const tablesIn = (query: string): readonly string[] => {
  const sql = query.slice(0, LONGEST.query).replaceAll(NOISE, ' ');
  const common = new Set([...sql.matchAll(COMMON)].map(([, name = '']) => plain(name)));
  const names = [...sql.matchAll(TABLE)]
    .filter(({ 0: whole, index }) => !isCall(sql, index + whole.length, whole))
    .map(([, name = '']) => plain(name));
  return names.filter((name) => !common.has(name) && !NO_TABLE.has(name));
};

/** `from generate_series(1, 3)` calls a function; `insert into orders (sku)` and `create table orders (` name a table. */
const isCall = (sql: string, end: number, whole: string): boolean =>
  !/^(?:into|table)/i.test(whole) && /^\s*\(/.test(sql.slice(end));

/** As the database knows it: unquoted names are in small letters. */
const plain = (name: string): string =>
  name
    .split(/\s*\.\s*/)
    .map((part) => (/^["`]/.test(part) ? part.slice(1, -1) : part.toLowerCase()))
    .join('.');
