import type { CodeText } from './code-text.ts';

/** Names and settings, judged before anything runs. Examples that begin with `- ` are steps of a flow. */
export const tm2 = {
  TM2001: {
    title: 'a name that nothing defines',
    explanation:
      'Nothing in the flow, the environment or the command line defines the name. Capture it with `output`, define it under `env`, give it with --var or an env file, or declare it under `inputs`. `${x?}` stands for "or nothing".',
    example: {
      wrong:
        '- id: create\n  action: http_request\n  config: { url: "http://localhost/users" }\n  output: { user_id: $.body.id }\n- action: http_request\n  config: { url: "http://localhost/users/${userid}" }',
      right:
        '- id: create\n  action: http_request\n  config: { url: "http://localhost/users" }\n  output: { user_id: $.body.id }\n- action: http_request\n  config: { url: "http://localhost/users/${user_id}" }',
    },
  },
  TM2002: {
    title: 'a name that is not defined yet',
    explanation:
      'What a step captures can be used after it. A branch of a parallel step does not see what another branch captures, and a disabled step captures nothing.',
    example: {
      wrong:
        '- action: http_request\n  config: { url: "http://localhost/users/${user_id}" }\n- action: http_request\n  config: { url: "http://localhost/users" }\n  output: { user_id: $.body.id }',
      right:
        '- action: http_request\n  config: { url: "http://localhost/users" }\n  output: { user_id: $.body.id }\n- action: http_request\n  config: { url: "http://localhost/users/${user_id}" }',
    },
  },
  TM2003: {
    title: 'a service that the environment does not have',
    explanation: '`${service.NAME}` is an address under `routing.services` of the environment.',
    example: { wrong: 'url: "${service.usr-api}/users"', right: 'url: "${service.user-api}/users"' },
  },
  TM2004: {
    title: 'two steps with one id',
    explanation: 'Ids are unique over setup and steps, nested steps and branches included, and within the teardown.',
    example: {
      wrong:
        '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }\n- id: call\n  action: http_request\n  config: { url: "http://localhost/b" }',
      right:
        '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }\n- id: call_again\n  action: http_request\n  config: { url: "http://localhost/b" }',
    },
  },
  TM2005: {
    title: 'a name that means something else',
    explanation: 'Built-in names such as `RUN_ID` and words of the expression language cannot be defined anew.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a" }\n  output: { UUID: body.id }',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }\n  output: { user_uuid: body.id }',
    },
  },
  TM2006: {
    title: 'a captured name that is the id of a step',
    explanation: '`${call}` would mean two things: what was captured under that name, and the result of the step.',
    example: {
      wrong: '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }\n  output: { call: body.id }',
      right:
        '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }\n  output: { call_id: body.id }',
    },
  },
  TM2007: {
    title: 'two branches that capture one name',
    explanation:
      'Branches run at once, so which of the two values the name has afterwards would depend on the weather.',
    example: {
      wrong:
        '- action: parallel\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" }, output: { token: body.t } }\n    - { action: http_request, config: { url: "http://localhost/b" }, output: { token: body.t } }',
      right:
        '- action: parallel\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" }, output: { token_a: body.t } }\n    - { action: http_request, config: { url: "http://localhost/b" }, output: { token_b: body.t } }',
    },
  },
  TM2008: {
    title: 'a captured name that assertions cannot see',
    explanation:
      "Inside `assert` a name means the step's own result first. A captured `status` is hidden there by the result's `status`.",
    example: {
      wrong:
        '- action: http_request\n  config: { url: "http://localhost/a" }\n  assert: status == 200\n  output: { status: body.status }',
      right:
        '- action: http_request\n  config: { url: "http://localhost/a" }\n  assert: status == 200\n  output: { order_status: body.status }',
    },
  },
  TM2009: {
    title: 'a definition that leads back to itself',
    explanation: 'Definitions may refer to one another, but not in a circle.',
    example: {
      wrong:
        'flow:\n  name: a\n  env: { A: "${B}", B: "${A}" }\n  steps:\n    - { action: http_request, config: { url: "http://localhost/${A}" } }',
      right:
        'flow:\n  name: a\n  env: { A: "${B}", B: b }\n  steps:\n    - { action: http_request, config: { url: "http://localhost/${A}" } }',
    },
  },
  TM2010: {
    title: 'an environment is needed',
    explanation:
      'The flow leaves service addresses, variables or connections to an environment, and none was chosen. `--env NAME` is the file environments/NAME.yaml, sought from the flow upwards to the root of the repository.',
    example: { wrong: 'testmesh run flows/order.yaml', right: 'testmesh run flows/order.yaml --env staging' },
  },
  TM2011: {
    title: 'nothing is checked',
    explanation: 'A flow that checks nothing would always be green, so it never is. Give a step `assert`.',
    example: {
      wrong: '- action: log\n  config: { message: hello }',
      right: '- action: log\n  config: { message: hello }\n  assert: message == "hello"',
    },
  },
  TM2012: {
    title: 'a flow that runs itself',
    explanation: 'Following its `run_flow` steps leads back to the flow.',
    example: {
      wrong: '# a.yaml\n- { action: run_flow, flow: a.yaml }',
      right: '# a.yaml\n- { action: run_flow, flow: login.yaml }',
    },
  },
  TM2013: {
    title: 'no such flow',
    explanation: 'The path after `flow` is relative to the file that names it.',
    example: {
      wrong: '- { action: run_flow, flow: flows/login.yaml }',
      right: '- { action: run_flow, flow: login.yaml }',
    },
  },
  TM2014: {
    title: 'inputs that do not fit the other flow',
    explanation: 'A flow that declares `inputs` takes those and no others, and each required one must be given.',
    example: {
      wrong: '- { action: run_flow, flow: login.yaml, input: { usr: ada } }',
      right: '- { action: run_flow, flow: login.yaml, input: { user: ada } }',
    },
  },
  TM2015: {
    title: 'a secret that is too short to mask',
    explanation: 'A secret is masked wherever its text appears. One of a few characters hides unrelated text as well.',
    example: {
      wrong:
        'flow:\n  name: a\n  env: { PIN: "42" }\n  secrets: [PIN]\n  steps:\n    - { action: http_request, config: { url: "http://localhost/${PIN}" } }',
      right:
        'flow:\n  name: a\n  env: { PIN: "42-correct-horse" }\n  secrets: [PIN]\n  steps:\n    - { action: http_request, config: { url: "http://localhost/${PIN}" } }',
    },
  },
  TM2016: {
    title: 'a setting without effect',
    explanation: 'The setting can never make a difference where it stands.',
    example: {
      wrong: '- action: http_request\n  retry: 1\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  retry: 3\n  config: { url: "http://localhost/a" }',
    },
  },
  TM2017: {
    title: 'settings that contradict each other',
    explanation: 'With these values the step can only fail, or a part of it can never happen.',
    example: {
      wrong:
        '- action: http_request\n  retry: { max_attempts: 3, delay: 10s, max_delay: 1s }\n  config: { url: "http://localhost/a" }',
      right:
        '- action: http_request\n  retry: { max_attempts: 3, delay: 1s, max_delay: 10s }\n  config: { url: "http://localhost/a" }',
    },
  },
  TM2018: {
    title: 'something that never happens',
    explanation: 'The condition comes to false whatever the flow does: it is `false`, or compares what cannot differ.',
    example: {
      wrong: '- action: http_request\n  when: "false"\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  disabled: false\n  config: { url: "http://localhost/a" }',
    },
  },
  TM2019: {
    title: "a key that a step's result does not have",
    explanation: '`${id.key}` is a key of the result of the step, or a name it captured.',
    example: {
      wrong:
        '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }\n- action: http_request\n  config: { url: "http://localhost/${call.boddy.id}" }',
      right:
        '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }\n- action: http_request\n  config: { url: "http://localhost/${call.body.id}" }',
    },
  },
  TM2020: {
    title: 'neither the step nor the environment gives a setting',
    explanation:
      "The action needs the key. It may stand in the step's config, or in the environment under `routing.overrides`.",
    example: {
      wrong: 'routing:\n  overrides: {}',
      right: 'routing:\n  overrides:\n    database_query: { connection: "${service.postgres}" }',
    },
  },
  TM2021: {
    title: 'a secret that nothing defines',
    explanation:
      '`secrets` names a variable that nothing defines, gives or mentions: its value would be shown wherever it is really called something else.',
    example: {
      wrong:
        'flow:\n  name: a\n  env: { TOKEN: correct-horse }\n  secrets: [TOKN]\n  steps:\n    - { action: http_request, config: { url: "http://localhost/${TOKEN}" } }',
      right:
        'flow:\n  name: a\n  env: { TOKEN: correct-horse }\n  secrets: [TOKEN]\n  steps:\n    - { action: http_request, config: { url: "http://localhost/${TOKEN}" } }',
    },
  },
  TM2022: {
    title: 'a required input that nothing gives',
    explanation:
      '`run` refuses the flow before its first step; `validate` only warns, since a flow that another one runs is given its inputs there. An input with a default is not required.',
    example: {
      wrong: 'inputs:\n  user_id: { type: string }',
      right: 'inputs:\n  user_id: { type: string, default: u-1 }',
    },
  },
  TM2023: {
    title: 'a file that is not there',
    explanation:
      'A step reads the file: rows of a loop, a schema, a `.proto`, a part of a multipart body. Paths are relative to the flow. Where a step of the flow, or of one that runs it, may make the file first, this is a warning.',
    example: {
      wrong: 'items_from_file: row.csv',
      right: 'items_from_file: rows.csv',
    },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
