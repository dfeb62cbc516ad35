import type { CodeText } from './code-text.ts';

/** A file as YAML. Examples that begin with `- ` are steps of a flow. */
export const tm1Yaml = {
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
    example: {
      wrong: 'flow:\n  steps: []\n---\nflow:\n  steps: []',
      right: '- action: http_request\n  config: { url: "http://localhost/a" }',
    },
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
    example: {
      wrong:
        'a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
      right: 'a: [[1, 2], [3, 4]]',
    },
  },
  TM1008: {
    title: 'aliases that expand to too much',
    explanation:
      'Aliases of aliases multiply; a file may stand for at most 200,000 values once all of them are expanded.',
    example: {
      wrong: 'a: &a [x, x]\nb: &b [*a, *a]\n# … doubled eighteen times …',
      right: 'headers: &headers { Accept: application/json }\nagain: *headers',
    },
  },
  TM1009: {
    title: 'not a text file',
    explanation:
      'The file holds a NUL or another control character, or bytes that are not UTF-8. Save it as UTF-8; write control characters as escapes within double quotes. Names, descriptions and tags hold no NUL even so.',
    example: { wrong: 'message: "\u0000"', right: 'message: "\\x00"' },
  },
  TM1010: {
    title: 'a text that needs quotes',
    explanation:
      'YAML gives some characters a meaning that was not intended here: `!` begins a tag, `{` a map, a quoted part ends the text, `: ` ends a key. Single quotes around the whole text make it one.',
    example: {
      wrong:
        '- action: http_request\n  config: { url: "http://localhost/a" }\n  assert:\n    - "${RUN_ID}" == body.run',
      right: `- action: http_request\n  config: { url: "http://localhost/a" }\n  assert:\n    - '"\${RUN_ID}" == body.run'`,
    },
  },
  TM1011: {
    title: 'an alias without its anchor',
    explanation:
      'An alias `*name` stands for the value that `&name` marks above it; the anchor must be complete before it.',
    example: {
      wrong: '- action: http_request\n  config: { url: "http://localhost/a", headers: *common }',
      right:
        'x-common: &common { Accept: text/plain }\nflow:\n  name: a\n  steps:\n    - action: http_request\n      config: { url: "http://localhost/a", headers: *common }',
    },
  },
  TM1012: {
    title: 'a YAML tag without meaning',
    explanation:
      'Tags such as `!!binary` or `!include` mean nothing in a flow. `!!str`, `!!int`, `!!float`, `!!bool` and `!!null` are understood.',
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
      right:
        'x-common: &common { Accept: text/plain }\nflow:\n  name: a\n  steps:\n    - action: http_request\n      config: { url: "http://localhost/a", headers: { <<: *common, X-A: "1" } }',
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
} as const satisfies Readonly<Record<string, CodeText>>;
