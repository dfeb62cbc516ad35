import type { CodeText } from './code-text.ts';

/** Reading a file: its YAML, its keys, its values. Examples that begin with `- ` are steps of a flow. */
export const tm1 = {
  TM1001: {
    title: 'not YAML',
    explanation:
      'The file is not well-formed YAML, so nothing else can be said about it. Most often an indentation does not fit, or a quote or bracket is not closed on a line above.',
    example: {
      wrong: `- action: log
  config: { message: "hello }`,
      right: `- action: log
  config: { message: "hello" }
  assert: message == "hello"`,
    },
  },
  TM1002: {
    title: 'a second document',
    explanation: 'A file holds one flow. `---` begins another YAML document; put it into a file of its own.',
    example: { wrong: 'flow:\n  steps: []\n---\nflow:\n  steps: []', right: '- action: http_request\n  config: { url: "http://localhost/a" }' },
  },
  TM1003: {
    title: 'a key given twice',
    explanation: 'A map holds each key once. YAML tools that keep the last one hide what the first one meant.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", url: "http://localhost/b" }',
      right: '- action: http_request\n  config: { url: "http://localhost/b" }',
    },
  },
  TM1004: {
    title: 'a number with a leading zero',
    explanation:
      'Some YAML readers take 01234 for an octal number, others for a text or a decimal. Quote a text such as a postcode; write a number without the zero.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", body: { zip: 01234 } }',
      right: '- action: http_request\n  config: { url: "http://localhost/a", body: { zip: "01234" } }',
    },
  },
  TM1005: {
    title: 'a tab as indentation',
    explanation: 'YAML indents with spaces; how wide a tab is, nobody knows.',
    example: {
      wrong: 'flow:\n\tname: a',
      right: 'flow:\n  name: a\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
    },
  },
  TM1006: {
    title: 'the file is too large',
    explanation: 'A flow or environment file has at most 1 MiB. Keep large bodies in files of their own.',
    example: { wrong: 'body: "… two megabytes of text …"', right: 'multipart: { upload: { file: big.json } }' },
  },
  TM1007: {
    title: 'nested too deeply',
    explanation: 'Lists and maps stand within one another at most 50 levels deep.',
    example: { wrong: 'a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]', right: 'a: [[1, 2], [3, 4]]' },
  },
  TM1008: {
    title: 'aliases that expand to too much',
    explanation: 'Aliases of aliases multiply; a file may stand for at most 200,000 values once all of them are expanded.',
    example: { wrong: 'a: &a [x, x]\nb: &b [*a, *a]\n# … doubled eighteen times …', right: 'headers: &headers { Accept: application/json }\nagain: *headers' },
  },
  TM1009: {
    title: 'not a text file',
    explanation:
      'The file holds a NUL or another control character, or bytes that are not UTF-8. Save it as UTF-8; write control characters as escapes within double quotes.',
    example: { wrong: 'message: "\u0000"', right: 'message: "\\x00"' },
  },
  TM1010: {
    title: 'a text that needs quotes',
    explanation:
      'YAML gives some characters a meaning that was not intended here: `!` begins a tag, `{` a map, a quoted part ends the text, `: ` ends a key. Single quotes around the whole text make it one.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a" }\n  assert:\n    - "${RUN_ID}" == body.run',
      right: `- action: http_request\n  config: { url: "http://localhost/a" }\n  assert:\n    - '"\${RUN_ID}" == body.run'`,
    },
  },
  TM1011: {
    title: 'an alias without its anchor',
    explanation: 'An alias `*name` stands for the value that `&name` marks above it; the anchor must be complete before it.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", headers: *common }',
      right: 'x-common: &common { Accept: text/plain }\nflow:\n  name: a\n  steps:\n    - action: http_request\n      config: { url: "http://localhost/a", headers: *common }',
    },
  },
  TM1012: {
    title: 'a YAML tag without meaning',
    explanation: 'Tags such as `!!binary` or `!include` mean nothing in a flow. `!!str`, `!!int`, `!!float`, `!!bool` and `!!null` are understood.',
    example: {
      wrong: '- action: log\n  config: { message: !!binary "aGk=" }',
      right: '- action: log\n  config: { message: !!str 5 }\n  assert: message == "5"',
    },
  },
  TM1013: {
    title: 'a key that cannot be one',
    explanation: '`__proto__` has a meaning in JavaScript that no flow needs and an attacker might.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", body: { __proto__: 1 } }',
      right: '- action: http_request\n  config: { url: "http://localhost/a", body: { proto: 1 } }',
    },
  },
  TM1014: {
    title: 'a merge of something that is no map',
    explanation: '`<<` takes over the entries of a map, or of a list of maps, usually by an alias.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", headers: { <<: yes } }',
      right: 'x-common: &common { Accept: text/plain }\nflow:\n  name: a\n  steps:\n    - action: http_request\n      config: { url: "http://localhost/a", headers: { <<: *common, X-A: "1" } }',
    },
  },
  TM1015: {
    title: 'an empty file',
    explanation: 'The file holds nothing but comments or white space.',
    example: { wrong: '# nothing yet', right: '- action: http_request\n  config: { url: "http://localhost/a" }' },
  },
  TM1016: {
    title: 'no number that JSON knows',
    explanation: 'YAML has infinities and "not a number"; JSON has not, so they cannot be sent or compared.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", body: { limit: .inf } }',
      right: '- action: http_request\n  config: { url: "http://localhost/a", body: { limit: null } }',
    },
  },
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
    explanation: 'A text stands where a list belongs, a list where a map belongs, and so on. YAML 1.2 knows only `true` and `false` as booleans; `yes` and `no` are texts.',
    example: {
      wrong: '- action: http_request\n  disabled: yes\n  config: { url: "http://localhost/a" }',
      right: '- action: http_request\n  disabled: false\n  config: { url: "http://localhost/a" }',
    },
  },
  TM1104: {
    title: 'one setting under two spellings',
    explanation: 'Two keys that mean the same were both given, and nobody can tell which was meant.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a" }\n  output: { a: body.a }\n  save: { b: body.b }',
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
      right: 'flow:\n  name: A user can sign in\n  steps:\n    - { action: http_request, config: { url: "http://localhost/a" } }',
    },
  },
  TM1107: {
    title: 'a flow without its root key',
    explanation: 'The flow stands at the top of the file. It is read, but editors and other tools expect it under `flow:`.',
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
    explanation: 'Names of steps, outputs, inputs and variables have letters, digits, `_` and `-`, and start with a letter or `_`.',
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
    explanation: 'Attempts are counted from one, so `retry: 3` means three attempts in all and `0` means nothing at all.',
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
    explanation: 'No action has this name. `testmesh list --actions` shows them all.',
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
    explanation: 'The value is of the wrong kind, or not one of those allowed. A template is judged once it is rendered.',
    example: {
      wrong: '- action: http_request\n  config: { method: PUST, url: "http://localhost/a" }',
      right: '- action: http_request\n  config: { method: POST, url: "http://localhost/a" }',
    },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
