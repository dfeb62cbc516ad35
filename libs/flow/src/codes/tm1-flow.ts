import type { CodeText } from './code-text.ts';

/** The keys and values of a flow. Examples that begin with `- ` are steps of one. */
export const tm1Flow = {
  TM1101: {
    title: 'an unknown key',
    explanation:
      'A key that nothing reads would silently do nothing. Keys of your own may stand at the top of the file and of the flow when they start with `x-`.',
    example: {
      wrong: '- action: http_request\n  confg: { url: "http://localhost/a" }',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1102: {
    title: 'a key is missing',
    explanation: 'Something cannot be understood without this key.',
    example: {
      wrong: 'steps_of_mine:\n  - action: log',
      right: 'flow:\n  name: a\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
    },
  },
  TM1103: {
    title: 'the wrong kind of value',
    explanation:
      'A text stands where a list belongs, a list where a map belongs, and so on. YAML 1.2 knows only `true` and `false` as booleans; `yes` and `no` are texts.',
    example: {
      wrong: '- action: http_request\n  disabled: yes\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  disabled: false\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1104: {
    title: 'one setting under two spellings',
    explanation: 'Two keys that mean the same were both given, and nobody can tell which was meant.',
    example: {
      wrong:
        '- action: http_request\n  config: { url: "http://localhost/a" }\n  output: { a: body.a }\n  save: { b: body.b }',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }\n  output: { a: body.a, b: body.b }',
    },
  },
  TM1105: {
    title: 'a key with nothing after it',
    explanation: 'It counts as absent. Write `null` where nothing is the value that is meant, or leave the key out.',
    example: {
      wrong: '- action: http_request\n  description:\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1106: {
    title: 'a flow without a name',
    explanation: 'It is called after its file. Reports are easier to read with a name that says what is proved.',
    example: {
      wrong: 'flow:\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
      right:
        'flow:\n  name: A user can sign in\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
    },
  },
  TM1107: {
    title: 'a flow without its root key',
    explanation:
      'The flow stands at the top of the file. It is read, but editors and other tools expect it under `flow:`.',
    example: {
      wrong: 'name: a\nsteps:\n  - { action: http_request, config: { url: "http://localhost/a" } }',
      right: 'flow:\n  name: a\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
    },
  },
  TM1108: {
    title: 'not a duration',
    explanation: 'Durations carry a unit: 500ms, 3s, 1m30s, 2h. A bare number could mean seconds or milliseconds.',
    example: {
      wrong: '- action: http_request\n  timeout: 30\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  timeout: 30s\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1109: {
    title: 'not a usable name',
    explanation:
      'Names of steps, outputs, inputs and variables have letters, digits, `_` and `-`, and start with a letter or `_`. A tag has neither commas nor spaces, since `--tags` takes several of them. Names and tags are listed and looked for: 200 characters are the most.',
    example: {
      wrong: '- id: 1st step\n  action: http_request\n  config: { url: "http://localhost/a" }',
      right: '- id: first_step\n  action: http_request\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1110: {
    title: 'not one of the words',
    explanation: 'The setting takes one of a few words.',
    example: {
      wrong: '- action: http_request\n  on_error: ignore\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  on_error: continue\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1111: {
    title: 'a number out of range',
    explanation:
      'Attempts, and what runs at once, are counted from one: `retry: 3` means three attempts in all, `max_concurrent: 0` nothing at all. A loop runs at most 100,000 times unless its `max_iterations` is larger.',
    example: {
      wrong: '- action: http_request\n  retry: { max_attempts: 0 }\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  retry: { max_attempts: 3 }\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1112: {
    title: 'assertions without content',
    explanation: 'An empty list would check nothing and look as if it did.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a" }\n  assert: []',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }\n  assert: [status == 200]',
    },
  },
  TM1113: {
    title: 'keys that do not go together',
    explanation: 'Two keys of one step contradict each other, or one needs the other.',
    example: {
      wrong: '- action: http_request\n  on_error: retry\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  retry: 3\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1114: {
    title: 'a flow without steps',
    explanation: 'Setup and teardown prepare and clean up; what is proved stands under `steps`.',
    example: {
      wrong: 'flow:\n  name: a\n  steps: []',
      right: 'flow:\n  name: a\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
    },
  },
  TM1115: {
    title: 'a template where none is rendered',
    explanation: 'Names, ids and the action itself are read before anything runs, when no name has a value yet.',
    example: {
      wrong: '- id: "step_${RUN_ID}"\n  action: http_request\n  config: { url: "http://localhost/a" }',
      right: '- id: the_step\n  action: http_request\n  config: { url: "http://localhost/${RUN_ID}" }',
    },
  },
  TM1201: {
    title: 'an unknown action',
    explanation: 'No action has this name.',
    example: {
      wrong: '- action: http_reqest\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1202: {
    title: 'a step without an action',
    explanation: 'Every step says what it does.',
    example: {
      wrong: '- id: call\n  config: { url: "http://localhost/a" }',
      right: '- id: call\n  action: http_request\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1203: {
    title: "an unknown key in an action's config",
    explanation: 'The action does not read this key, so it would silently do nothing.',
    example: {
      wrong: '- action: http_request\n  config: { methid: POST, url: "http://localhost/a" }',
      right: '- action: http_request\n  config: { method: POST, url: "http://localhost/a" }',
    },
  },
  TM1204: {
    title: 'an action lacks a setting',
    explanation: 'The action cannot be carried out without this key, and no environment may supply it.',
    example: {
      wrong: '- action: http_request\n  config: { method: GET }',
      right: '- action: http_request\n  config: { method: GET, url: "http://localhost/a" }',
    },
  },
  TM1205: {
    title: "a value that does not fit an action's setting",
    explanation:
      'The value is of the wrong kind, or not one of those allowed. A template is judged once it is rendered.',
    example: {
      wrong: '- action: http_request\n  config: { method: PUST, url: "http://localhost/a" }',
      right: '- action: http_request\n  config: { method: POST, url: "http://localhost/a" }',
    },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
