// The driver-free face of the basic actions: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import { assertConfig, delayConfig, logConfig, transformConfig, waitForConfig } from './config.ts';

export const delaySchema = {
  type: 'delay',
  aliases: [],
  summary: 'Do nothing for a while.',
  config: delayConfig,
  keyAliases: {},
  environmentKeys: [],
  result: {
    duration: { type: 'string', description: 'The time waited, as text: `1500ms`.' },
    duration_ms: { type: 'number', description: 'The time waited.' },
    completed: { type: 'boolean', description: 'Always true: a wait that is cut short fails the step.' },
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: `flow:
  name: Wait before asking again
  steps:
    - id: pause
      action: delay
      config:
        duration: 50ms
      assert:
        - duration_ms == 50
`,
} as const satisfies ActionSchema;

export const logSchema = {
  type: 'log',
  aliases: [],
  summary: 'Say something in the report.',
  config: logConfig,
  keyAliases: {},
  environmentKeys: [],
  result: {
    message: { type: 'string', description: 'The text that was logged.' },
    level: { type: 'string', description: '`debug`, `info`, `warn` or `error`.' },
    data: { type: 'any', description: 'The value given with it; absent when there was none.' },
    logged: { type: 'boolean', description: 'Always true.' },
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: `flow:
  name: Say which order this run is about
  env:
    ORDER: o-\${RANDOM_ID}
  steps:
    - id: say
      action: log
      config:
        message: placing \${ORDER}
        data: { order: "\${ORDER}" }
      assert:
        - message startsWith "placing o-"
`,
} as const satisfies ActionSchema;

export const assertSchema = {
  type: 'assert',
  aliases: [],
  summary: 'Check values that earlier steps brought.',
  config: assertConfig,
  keyAliases: {},
  environmentKeys: [],
  result: {
    data: { type: 'any', description: 'The value under test; absent when there was none.' },
    '*': { type: 'any', description: 'The fields of `data`, by their own names.' },
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  unrendered: ['assertions', 'expression'],
  example: `flow:
  name: Totals add up
  steps:
    - id: order
      action: log
      config:
        message: an order
        data: { items: [{ price: 10 }, { price: 15 }], total: 25 }
      output:
        placed: $.data
    - id: totals
      action: assert
      config:
        data: \${placed}
        assertions:
          - total == items[0].price + items[1].price
          - expression: len(items) == 2
            message: both items must be there
`,
} as const satisfies ActionSchema;

export const transformSchema = {
  type: 'transform',
  aliases: [],
  summary: 'Take values out of a document and put them together anew.',
  config: transformConfig,
  keyAliases: {},
  environmentKeys: [],
  result: {
    '*': { type: 'any', description: 'The keys of `transforms` and the `save_as` names of `operations`.' },
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: `flow:
  name: Names of the active users
  steps:
    - id: active
      action: transform
      config:
        input:
          users:
            - { name: Ada, status: active }
            - { name: Grace, status: gone }
        operations:
          - { type: filter, array: users, condition: "item.status == 'active'", save_as: active }
          - { type: map, array: active, transform: item.name, save_as: names }
          - { type: join, array: names, separator: ", ", save_as: text }
      assert:
        - text == "Ada"
`,
} as const satisfies ActionSchema;

export const waitForSchema = {
  type: 'wait_for',
  aliases: [],
  summary: 'Wait until a service answers as it should, or a port accepts connections.',
  config: waitForConfig,
  keyAliases: { status: 'status_code' },
  environmentKeys: [],
  result: {
    success: { type: 'boolean', description: 'Whether it came in time.' },
    attempts: { type: 'number', description: 'How often it was tried.' },
    duration_ms: { type: 'number', description: 'How long the wait took.' },
    last_result: {
      type: 'object',
      description:
        'The last thing seen: `status_code`, `body`, `json_value`, or `address`, `connected`; `error` when nothing answered.',
    },
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: true,
  example: `flow:
  name: The order service is up
  steps:
    - id: order_service
      action: wait_for
      config:
        url: http://localhost:5003/health
        json_path: $.status
        json_value: ok
        timeout: 30s
        interval: 500ms
`,
} as const satisfies ActionSchema;

export const schemas: readonly ActionSchema[] = [delaySchema, logSchema, assertSchema, transformSchema, waitForSchema];
