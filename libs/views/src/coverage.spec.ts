import { expect, test } from '@jest/globals';
import type { Exchange, StepPath, Value } from '@testmesh/domain';
import { coverageOf } from './coverage.ts';
import type { RunReport, StepReport } from './run-report.ts';

const REPORT = { runId: 'r' } as unknown as RunReport;
const IN_NAMESPACE = {
  runId: 'r',
  testEnvironment: { routes: [{ service: 'orders', url: 'http://orders.pr-1.svc:80', where: 'namespace' }] },
} as unknown as RunReport;

const step = (action: string, exchange?: Partial<Exchange>, output?: Value): StepReport =>
  ({ action, path: 'a' as StepPath, ...(exchange && { exchange: { summary: '', ...exchange } }), output }) as never;
const http = (method: string, url: string): StepReport =>
  step('http_request', { kind: 'http', request: { method, url } });
const sql = (query: string): StepReport =>
  step('database_query', { kind: 'sql', request: { connection: 'postgresql://me@db:5432/shop', query } });

const told = (steps: readonly StepReport[], report = REPORT): readonly string[] =>
  coverageOf(report, steps).map(({ action, kind, system, name }) => `${action}: ${kind} ${system} ${name}`);

test('V4: endpoints by their service and path, ids aside, each once', () => {
  const steps = [
    http('GET', 'http://me:pw@orders:5003/orders/17?full=1'),
    http('GET', 'http://orders:5003/orders/0190a000-0000-7000-8000-000000000001'),
    http('POST', 'https://orders:5003'),
    http('GET', 'http://orders:5003/orders/***/items/5f1d7e2a9b3c4d5e'),
    step('log'),
    step('http_request'),
  ];
  expect(told(steps)).toEqual([
    'http_request: endpoint orders:5003 GET /orders/{id}',
    'http_request: endpoint orders:5003 GET /orders/{id}/items/{id}',
    'http_request: endpoint orders:5003 POST /',
  ]);
  expect(told(steps.toReversed())).toEqual(told(steps));
});

test('services of a test environment by their names, wherever it runs', () => {
  const call = step('grpc_call', { kind: 'grpc', summary: 'grpc://orders.pr-1.svc:80/shop.Orders/Place → OK in 3 ms' });
  const steps = [http('GET', 'http://orders.pr-1.svc:80/orders'), http('GET', 'http://orders.pr-1.svc:8080/x'), call];
  expect(told(steps, IN_NAMESPACE)).toEqual(
    [
      'http_request: endpoint orders GET /orders',
      'grpc_call: endpoint orders /shop.Orders/Place',
      'http_request: endpoint orders.pr-1.svc:8080 GET /x',
    ].sort((a, b) => (a.replace(/^\S+ /, '') < b.replace(/^\S+ /, '') ? -1 : 1)),
  );
});

test('topics of those who send and those who wait', () => {
  const sent = step('kafka_producer', { kind: 'kafka', request: [{ key: null }] }, { topic: 'orders.created' });
  const waited = step('kafka_consumer', { kind: 'kafka', request: { topic: 'orders.paid', brokers: ['k:9092'] } });
  expect(told([sent, waited])).toEqual(['kafka_producer: topic  orders.created', 'kafka_consumer: topic  orders.paid']);
});

test.each([
  ['select * from orders o join "Order Items" i on true', ['Order Items', 'orders']],
  ['SELECT 1 FROM Shop.Orders, customers', ['shop.orders']],
  ['select a from "Items" join `shop`.`lines` on b', ['Items', 'shop.lines']],
  ["insert into orders (sku) values ('from nowhere') on conflict do update set a = 1", ['orders']],
  ['update only stock set n = 1 -- from here\nfrom moves where true', ['moves', 'stock']],
  ['delete from orders where placed is distinct from paid', ['orders']],
  ['select extract(day from at) from generate_series(1, 3) g', []],
  ['with fresh as (select 1 from orders), old as (select 2) select * from fresh join old on true', ['orders']],
  ['select 1 from orders for update skip locked', ['orders']],
  ['create table if not exists audit (id int)', ['audit']],
  ['select 1', []],
])('the tables of %j', (query, names) => {
  expect(told([sql(query)])).toEqual(names.map((name) => `database_query: table db:5432/shop ${name}`));
});

test('the tables of several statements', () => {
  const statements = [{ query: 'delete from a' }, { query: 'select 1 from b' }];
  const both = step('postgresql_transaction', {
    kind: 'sql',
    request: { connection: 'postgresql://me@/shop?host=/run', statements },
  });
  expect(told([both])).toEqual(['postgresql_transaction: table /shop a', 'postgresql_transaction: table /shop b']);
});

test('V3: a loop that makes up addresses covers a bounded part of them, and long names are cut', () => {
  const many = Array.from({ length: 600 }, (_, at) => http('GET', `http://h/path-${at}-of-${'x'.repeat(300)}`));
  const targets = coverageOf(REPORT, many);
  expect(targets).toHaveLength(500);
  expect(targets[0]?.name).toHaveLength(200);
  const began = performance.now();
  expect(told([sql('/*'.repeat(100_000)), sql(`with ${' '.repeat(100_000)}`), sql("'".repeat(99_999))])).toEqual([]);
  expect(performance.now() - began).toBeLessThan(1000);
});
