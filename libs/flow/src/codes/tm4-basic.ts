/** Codes of assert, transform and wait_for. */
export const tm4Basic = {
  TM4701: {
    title: 'an assert step with nothing to check',
    explanation:
      'The step has neither `assertions` nor `expression` in its config, nor an `assert` list of its own, so it could only ever pass.',
    example: {
      wrong: `- id: totals
  action: assert
  config:
    data: \${order}`,
      right: `- id: totals
  action: assert
  config:
    data: \${order}
    assertions:
      - total == 25`,
    },
  },
  TM4702: {
    title: 'a transformation does not find what it needs',
    explanation:
      'A path of `transforms` or `operations` leads nowhere in the input, or leads to something that is not a list where a list is needed. The message names the key and what there is.',
    example: {
      wrong: `config:
  input: { items: [{ sku: a }] }
  transforms:
    first: $.itmes[0].sku`,
      right: `config:
  input: { items: [{ sku: a }] }
  transforms:
    first: $.items[0].sku`,
    },
  },
  TM4703: {
    title: 'a path is not a JSONPath',
    explanation:
      'The text is not a query in the grammar of RFC 9535. A filter compares with `==`, joins with `&&` and `||`, and quotes its texts.',
    example: {
      wrong: `operations:
  - { type: filter, array: users, condition: "item.status = 'active'", save_as: active }`,
      right: `operations:
  - { type: filter, array: users, condition: "item.status == 'active'", save_as: active }`,
    },
  },
} as const;
