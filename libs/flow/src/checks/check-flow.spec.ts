import { describe, expect, test } from '@jest/globals';
import { get, getPath, judged, steps } from './checks.fixture.ts';

const ID = 'output: { order_id: body.id }';

// `»` marks the place.
const MISTAKES: readonly (readonly [code: string, what: string, text: string])[] = [
  ['TM2001', 'a misspelt name', steps(`- ${get(ID)}\n- ${getPath('${order_id}/${»orderid}')}`)],
  ['TM2001', 'a misspelt key of the result', steps(`- ${get('assert: [»boddy.id == 1]')}`)],
  [
    'TM2001',
    'a misspelt name within quotes',
    steps(`- ${get(ID)}\n- ${get(`assert: ['body.id == "\${»order_di}"']`)}`),
  ],
  [
    'TM2001',
    'a misspelt subject of a schema check',
    steps(`- ${get(`assert: ['»boddy matches_xml_schema_file "order.xsd"']`)}`),
  ],
  ['TM2001', 'a misspelt name in a condition', steps(`- ${get(ID)}\n- ${get('when: »order_idd == 1')}`)],
  ['TM2001', 'a step that does not exist', steps(`- ${get('when: steps.»crate.status == "passed"')}`)],
  [
    'TM2001',
    'a definition that nothing completes',
    `flow:\n  name: a\n  env: { URL: "http://\${»hots}" }\n  steps:\n    - ${get('id: a')}`,
  ],
  ['TM2002', 'a name that is captured later', steps(`- ${getPath('${»order_id}')}\n- ${get(ID)}`)],
  ['TM2002', "a step's own capture", steps(`- { action: http, config: { url: "http://a/\${»order_id}" }, ${ID} }`)],
  [
    'TM2002',
    'a step in its own config',
    steps('- { id: call, action: http, config: { url: "http://a/${»call.body.id}" } }'),
  ],
  ['TM2002', 'a step that runs later', steps(`- ${getPath('${»late.body.id}')}\n- ${get('id: late')}`)],
  [
    'TM2002',
    'a later step behind steps',
    steps(`- ${get('when: steps.»late.status == "passed"')}\n- ${get('id: late')}`),
  ],
  ['TM2002', 'what a disabled step captures', steps(`- ${get(`disabled: true, ${ID}`)}\n- ${getPath('${»order_id}')}`)],
  [
    'TM2002',
    'what another branch captures',
    steps(`- action: parallel\n  steps:\n    - ${get(ID)}\n    - ${getPath('${»order_id}')}`),
  ],
  [
    'TM2002',
    'a definition whose names come later',
    `flow:\n  name: a\n  env: { URL: "http://a/\${order_id}" }\n  steps:\n    - { action: http, config: { url: "\${»URL}" } }\n    - ${get(ID)}`,
  ],
  ['TM2004', 'two steps of one id', steps(`- ${get('id: call')}\n- ${get('id: »call')}`)],
  [
    'TM2004',
    'a nested step with the id of another',
    steps(`- ${get('id: call')}\n- { action: parallel, steps: [${get('id: »call')}] }`),
  ],
  ['TM2005', 'an output called like a built-in', steps(`- ${get('output: { »RUN_ID: body.id }')}`)],
  [
    'TM2005',
    'an input called like a word of the language',
    `flow:\n  name: a\n  inputs: [»and]\n  steps:\n    - ${get('id: a')}`,
  ],
  ['TM2006', 'an output called like a step', steps(`- ${get('id: call, output: { »call: body.id }')}`)],
  [
    'TM2006',
    'an item called like its position',
    steps(`- { action: for_each, items: [1], as: »index, steps: [${get('id: a')}] }`),
  ],
  [
    'TM2005',
    'an item called like a built-in',
    steps(`- { action: for_each, items: [1], item_name: »UUID, steps: [${get('id: a')}] }`),
  ],
  [
    'TM2005',
    'a position called like a word of the language',
    steps(`- { action: for_each, items: [1], index_name: »in, steps: [${get('id: a')}] }`),
  ],
  [
    'TM2007',
    'two branches that capture one name',
    steps(
      `- action: parallel\n  steps:\n    - ${get('output: { t: body.t }')}\n    - ${get('output: { »t: body.t }')}`,
    ),
  ],
  [
    'TM2008',
    'a captured name that assertions hide',
    steps(`- ${get('assert: [status == 200], output: { »status: body.status }')}`),
  ],
  [
    'TM2009',
    'definitions in a circle',
    `flow:\n  name: a\n  env: { A: "\${B}", »B: "\${C}", C: "\${B}" }\n  steps:\n    - ${get('id: a')}`,
  ],
  ['TM2011', 'nothing to check', 'flow:\n  name: »a\n  steps:\n    - { action: log, config: { message: a } }'],
  ['TM2011', 'checks in disabled steps only', `flow:\n  name: »a\n  steps:\n    - ${get('disabled: true')}`],
  [
    'TM2015',
    'a short secret',
    `flow:\n  name: a\n  env: { »PIN: "1234" }\n  secrets: [PIN]\n  steps:\n    - ${get('id: a')}`,
  ],
  ['TM2016', 'a retry of one attempt', steps(`- ${get('retry: »1')}`)],
  [
    'TM2016',
    'a retry of what cannot fail',
    steps(`- ${get('id: a')}\n- { action: log, config: { message: a }, retry: »3 }`),
  ],
  [
    'TM2016',
    "a timeout that cuts the action's own",
    steps('- { action: http, config: { url: "http://a/b", timeout: 20s }, timeout: »10s }'),
  ],
  [
    'TM2016',
    'a timeout beyond that of the flow',
    `flow:\n  name: a\n  timeout: 5s\n  steps:\n    - ${get('timeout: »10s')}`,
  ],
  ['TM2016', 'a condition that always holds', steps(`- ${get('when: »"true"')}`)],
  [
    'TM2016',
    'an answer to a question that is not asked',
    steps(`- { »action: http, effect: repeatable, on_unknown: fail, config: { url: "http://a/b" } }`),
  ],
  [
    'TM2017',
    'a pause beyond the timeout',
    steps(`- ${get('id: a')}\n- { action: delay, config: { duration: 5s }, timeout: »2s }`),
  ],
  ['TM2017', 'pauses that contradict each other', steps(`- ${get('retry: { delay: 5s, max_delay: »1s }')}`)],
  ['TM2017', 'a retry that ends before it begins', steps(`- ${get('retry: { delay: 5s, max_elapsed: »1s }')}`)],
  ['TM2017', 'a loop over nothing', steps(`- { action: for_each, items: »[], steps: [${get('id: a')}] }`)],
  [
    'TM2017',
    'a range that goes the other way',
    steps(`- { action: for_each, range: »{ start: 5, end: 1 }, steps: [${get('id: a')}] }`),
  ],
  [
    'TM2017',
    'looking less often than it waits',
    steps(`- { action: wait_until, condition: a.status == 200, interval: »60s, steps: [${get('id: a')}] }`),
  ],
  [
    'TM3020',
    'an assertion on what the flow itself says',
    `flow:\n  name: a\n  env: { A: 1 }\n  steps:\n    - ${get('assert: [status == 200, »A == 1]')}`,
  ],
  ['TM3021', 'a condition that is a number', steps(`- ${get('id: a')}\n- ${get('when: »"5"')}`)],
  ['TM2018', 'a comparison that never holds', steps(`- ${get('id: a')}\n- ${get('when: »1 == 2')}`)],
  ['TM2018', 'a negation that never holds', steps(`- ${get('id: a')}\n- ${get('when: »not true')}`)],
  [
    'TM2016',
    'a comparison of a thing with itself',
    steps(`- ${get('id: a')}\n- ${get('when: »a.status == a.status')}`),
  ],
  ['TM2018', 'a step that never runs', steps(`- ${get('id: a')}\n- ${get('when: »"false"')}`)],
  ['TM2019', 'a key that a result does not have', steps(`- ${get('id: call')}\n- ${getPath('${call.»boddy.id}')}`)],
];

describe('a flow is judged before anything runs', () => {
  test.each(MISTAKES)('%s: %s', async (code, _what, text) => {
    const { codes, places, expected } = await judged(text);
    expect(codes).toEqual([code]);
    expect(places).toEqual(expected);
  });
});

const FINE: readonly (readonly [what: string, text: string])[] = [
  [
    'built-ins, hyphenated ids, defaults and the explicit nothing',
    steps(`- ${get('id: place-order')}\n- ${getPath('${RUN_ID}/${place-order.body.id}/${nope?}/${nope:x}/${UUID}')}`),
  ],
  ['what setup captures', `flow:\n  name: a\n  setup:\n    - ${get(ID)}\n  steps:\n    - ${getPath('${order_id}')}`],
  [
    'what any step may capture, in teardown',
    `flow:\n  name: a\n  steps:\n    - ${get(ID)}\n  teardown:\n    - ${getPath('${order_id}')}`,
  ],
  [
    'what a branch captured, after it',
    steps(`- { action: parallel, steps: [${get(ID)}] }\n- ${getPath('${order_id}')}`),
  ],
  [
    'what a branch of a condition captured',
    steps(`- { action: condition, condition: RUN_ID != "", then: [${get(ID)}] }\n- ${getPath('${order_id}')}`),
  ],
  [
    'the item of a loop and its position',
    steps(`- { action: for_each, items: [1], as: order, steps: [${getPath('${order}/${index}')}] }`),
  ],
  [
    'nested steps in the condition of a wait',
    steps(`- { action: wait_until, condition: a.body.done and a.status == 200, steps: [${get('id: a')}] }`),
  ],
  [
    'the error in error_steps',
    steps(`- ${get('error_steps: [{ action: log, config: { message: "${error.message} in ${failed_step.id}" } }]')}`),
  ],
  [
    'aliases of the result, and the error, in assertions',
    steps(`- ${get('assert: [response.body.a == 1, result.status == 200, time < 5, error exists]')}`),
  ],
  [
    "a transform's own keys",
    steps(
      `- { id: t, action: transform, config: { input: { a: 1 }, transforms: { b: $.a } }, assert: [b == 1] }\n- ${getPath('${t.b}')}`,
    ),
  ],
  ['the same id in teardown', `flow:\n  name: a\n  steps:\n    - ${get('id: a')}\n  teardown:\n    - ${get('id: a')}`],
  [
    'definitions of definitions',
    'flow:\n  name: a\n  env: { A: "${B}/x", B: "http://a" }\n  steps:\n    - { action: http, config: { url: "${A}" } }',
  ],
  ['declared inputs', `flow:\n  name: a\n  inputs: { user: { type: string } }\n  steps:\n    - ${getPath('${user}')}`],
  ['its own result in an output', steps(`- ${get('output: { line: "${status} ${body.id}" }')}`)],
  [
    'an empty loop that is allowed',
    steps(`- { action: for_each, items: [], allow_empty: true, steps: [${get('id: a')}] }`),
  ],
  [
    'a wait as the only check',
    steps('- { action: wait_until, condition: RUN_ID != "", max_duration: 1s, interval: 10ms }'),
  ],
];

describe('nothing is said against', () => {
  test.each(FINE)('%s', async (_what, text) => {
    expect((await judged(text)).diagnostics).toEqual([]);
  });
});

test('a name that nothing defines is told once, at its first place', async () => {
  const { codes, places, expected } = await judged(
    steps(`- ${getPath('${»nothing}/${nothing}')}\n- ${getPath('${nothing}')}`),
  );
  expect([codes, places]).toEqual([['TM2001'], expected]);
});

test('what is not there yet is told for what it is', async () => {
  const own = await judged(steps('- { id: call, action: http, config: { url: "http://a/${call.body.id}" } }'));
  expect(own.diagnostics[0]?.message).toBe('the step `call` has no result yet: it is this step itself');
  const captured = await judged(steps(`- { action: http, config: { url: "http://a/\${order_id}" }, ${ID} }`));
  expect(captured.diagnostics[0]?.message).toBe(
    '`order_id` is not captured yet: this step captures it once it has run',
  );
  const off = await judged(steps(`- ${get('disabled: true')}`));
  expect(off.diagnostics[0]?.message).toBe('nothing is checked: every step is disabled');
});

test('a definition that may be another one at the next run is no constant', async () => {
  const text = `flow:\n  name: a\n  env: { A: 1, B: "\${A}" }\n  steps:\n    - ${get('assert: [A == 1]')}`;
  expect((await judged(text, { variables: new Set(['A']) })).codes).toEqual([]);
  expect((await judged(text.replace('A == 1', 'A == B'))).codes).toEqual([]);
});

test('a flow made to be run by others may leave the checking to them', async () => {
  const { diagnostics } = await judged(
    'flow:\n  name: a\n  outputs: [RUN]\n  env: { RUN: 1 }\n  steps:\n    - { action: log, config: { message: a } }',
  );
  expect(diagnostics).toMatchObject([{ code: 'TM2011', severity: 'warning' }]);
});
