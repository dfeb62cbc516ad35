import { describe, expect, test } from '@jest/globals';
import { checkFlow } from '../checks/check-flow.ts';
import { catalogue } from './catalogue.fixture.ts';
import { readFlow } from './read-flow.ts';

const STEPS =
  '\n  steps:\n    - { action: http, config: { url: "${service.orders}/health" }, assert: [status == 200] }\n';
const read = (lines: string) =>
  readFlow({ file: 'flows/order.yaml', text: `flow:\n  name: a\n  ${lines}${STEPS}` }, catalogue);
const found = async (lines: string) =>
  (await read(lines)).diagnostics.map(({ code, span, suggestion }) =>
    [code, `${span.line}:${span.column}`, suggestion].filter((part) => part !== undefined).join(' '),
  );

describe('test_environment', () => {
  test('as a text is a context', async () => {
    const { flow } = await read('test_environment: pr-123');
    expect(flow?.testEnvironment).toMatchObject({
      wanted: { kind: 'constant', value: { context: 'pr-123' } },
      span: { line: 3, column: 3 },
    });
  });

  test('as a map says how one is made, templates included', async () => {
    const { flow, diagnostics } = await read(
      [
        ...['test_environment:', '    context: ${PR}', '    on_busy: new', '    ttl_minutes: ${TTL}'],
        ...['    namespace: review-${RANDOM_ID}', '    services: [{ name: orders, image: "shop/orders:1" }]'],
        ...[
          '    routing_policy: { orders: "http://orders.review:80" }',
          '    routing: { headers: { X-Route: "${PR}" } }',
        ],
      ].join('\n'),
    );
    expect(diagnostics).toEqual([]);
    expect([...(flow?.mentions ?? [])]).toEqual(expect.arrayContaining(['PR', 'TTL', 'RANDOM_ID', 'service.orders']));
  });

  test.each([
    ['an unknown key', 'test_environment: { context: a, on_bussy: wait }', ['TM1101 3:35 did you mean `on_busy`?']],
    ['no context', 'test_environment: { ttl_minutes: 5 }', ['TM1102 3:3']],
    ['a list', 'test_environment: [a]', ['TM1103 3:21']],
    ['an unknown way', 'test_environment: { context: a, on_busy: waits }', ['TM1110 3:44 did you mean `wait`?']],
    ['a number that is none', 'test_environment: { context: a, ttl_minutes: soon }', ['TM1103 3:48']],
    ['no time at all', 'test_environment: { context: a, wait_minutes: 0 }', ['TM1111 3:49']],
    ['a service without a name', 'test_environment: { context: a, services: [orders] }', ['TM1103 3:46']],
    ['an address that is no text', 'test_environment: { context: a, routing_policy: { orders: 80 } }', ['TM1103 3:61']],
    [
      'an unknown key of routing',
      'test_environment: { context: a, routing: { header: {} } }',
      ['TM1101 3:46 did you mean `headers`?'],
    ],
  ])('with %s is an error at its place', async (_what, lines, expected) => {
    expect(await found(lines)).toEqual(expected);
  });

  test('names services that nobody knows yet; what it refers to itself has to be known', async () => {
    const { flow } = await read('test_environment: ${PR}');
    if (flow === undefined) throw new Error('no flow');
    const codes = (variables: readonly string[]) =>
      checkFlow(flow, { variables: new Set(variables) }).map(({ code }) => code);
    expect(codes(['PR'])).toEqual([]);
    expect(codes([])).toEqual(['TM2010']);
  });
});
