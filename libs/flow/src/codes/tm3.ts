/** Codes of expressions, templates, assertions and output paths: reading them, and working them out while a flow runs. */
export const tm3 = {
  TM3001: {
    title: 'an expression cannot be read',
    explanation:
      'Something stands where the grammar has no place for it: an operator without its right side, two values side by side, a bracket that is never closed. The caret shows where reading stopped.',
    example: { wrong: 'assert:\n  - status = 200', right: 'assert:\n  - status == 200' },
  },
  TM3002: {
    title: 'a text is never closed',
    explanation: 'A quoted text inside an expression ends with the quote it began with.',
    example: { wrong: `assert:\n  - body.name == "Ada`, right: `assert:\n  - body.name == "Ada"` },
  },
  TM3003: {
    title: 'there is no such function',
    explanation: 'Functions and transforms are the ones of the language; a flow cannot define its own.',
    example: { wrong: 'assert:\n  - lenght(body.items) == 2', right: 'assert:\n  - len(body.items) == 2' },
  },
  TM3004: {
    title: 'a function is called with the wrong arguments',
    explanation:
      'The number of arguments does not fit, or an argument that is worked out for each element does not look at the element (`.price`, `#`).',
    example: { wrong: 'assert:\n  - all(body.items, price > 0)', right: 'assert:\n  - all(body.items, .price > 0)' },
  },
  TM3005: {
    title: 'operators side by side can be read in two ways',
    explanation:
      'Jexl reads `and` and `or` from left to right and `%` before `*`; most languages do otherwise. Parentheses say what is meant.',
    example: {
      wrong: 'assert:\n  - status == 200 or status == 201 and body.ok',
      right: 'assert:\n  - (status == 200 or status == 201) and body.ok',
    },
  },
  TM3006: {
    title: 'something is too long or nested too deeply',
    explanation:
      'An expression may have 20,000 characters and be nested 100 deep, definitions may refer to one another 50 deep, and a value must not be nested beyond what can be compared.',
    example: { wrong: 'when: ((((((… one hundred times …))))))', right: 'when: order.status == "open"' },
  },
  TM3007: {
    title: 'a regular expression cannot be used',
    explanation:
      'Patterns are RE2: they match in time linear in the text and therefore have no look-around and no back-references, and repeat counts go up to 1000.',
    example: { wrong: 'assert:\n  - body.id matches "^(?=ord)"', right: 'assert:\n  - body.id matches "^ord"' },
  },
  TM3008: {
    title: 'a placeholder is not closed, or empty',
    explanation: '`${` ends with `}` and `{{` with `}}`, and something stands between them. `$${` is a literal `${`.',
    example: { wrong: 'url: ${BASE_URL/orders', right: 'url: ${BASE_URL}/orders' },
  },
  TM3009: {
    title: 'a name that JavaScript keeps for itself',
    explanation: '`__proto__`, `constructor` and `prototype` are no names of a flow, and `__proto__` is no key.',
    example: { wrong: 'message: ${constructor.name}', right: 'message: ${order.name}' },
  },
  TM3010: {
    title: 'a path cannot be read',
    explanation:
      'Paths are JSONPath (RFC 9535) or names joined by dots, with indexes in brackets. A path that begins with `$` looks at the result of its own step, so it has no meaning in a template.',
    example: { wrong: 'output:\n  id: $.items[', right: 'output:\n  id: $.items[0].id' },
  },
  TM3011: {
    title: 'an element is named where there is none',
    explanation: '`.x` and `#` mean the element that a filter or a list function is looking at.',
    example: { wrong: 'assert:\n  - .price > 1', right: 'assert:\n  - all(body.items, .price > 1)' },
  },
  TM3012: {
    title: 'there is no such made-up value',
    explanation: '`FAKER` knows a fixed list of values; the suggestion is the nearest of them.',
    example: { wrong: 'name: ${FAKER.name.frstName}', right: 'name: ${FAKER.name.firstName}' },
  },
  TM3020: {
    title: 'an assertion checks nothing',
    explanation:
      'It mentions nothing that the step or the flow brought, or compares a thing with itself, so it comes out the same whatever happens. To check that something is there, write `body.id exists`.',
    example: { wrong: 'assert:\n  - 1 == 1', right: 'assert:\n  - status == 200' },
  },
  TM3021: {
    title: 'an assertion or a condition is never true or false',
    explanation: 'A text, a number or a list is not "truthy": compare it with something.',
    example: { wrong: 'assert:\n  - len(body.items)', right: 'assert:\n  - len(body.items) > 0' },
  },
  TM3022: {
    title: 'no form of an assertion',
    explanation:
      'An assertion is a text, `{expression, message}`, `{json_path}`, `body matches_schema: {…}`, `body matches_xml_schema_file "order.xsd"` or `{response, matches_schema}`. A text with `: ` in it needs quotes around the whole of it.',
    example: {
      wrong: 'assert:\n  - {expresion: status == 200}',
      right: 'assert:\n  - {expression: status == 200, message: the order was refused}',
    },
  },
  TM3023: {
    title: 'an empty list of assertions',
    explanation: 'It would check nothing. Leave the key out, or write what must hold.',
    example: { wrong: 'assert: []', right: 'assert:\n  - status == 200' },
  },
  TM3024: {
    title: 'a JSON Schema cannot be used',
    explanation:
      'A word that is no keyword of JSON Schema would check nothing, so it is refused, as is a type that does not exist or a reference that leads nowhere. Keys that begin with `x-` are yours. What stands in the flow, or in a file that it names, is judged before it runs, a schema with templates when it is used.',
    example: {
      wrong: 'assert:\n  - body matches_schema: { typ: object }',
      right: 'assert:\n  - body matches_schema: { type: object }',
    },
  },
  TM3101: {
    title: 'a name is not defined',
    explanation:
      'Nothing in scope has this name: no key of the result, no variable, no captured output, no step. `${x?}` and `${x:default}` provide for a name that may be missing.',
    example: { wrong: 'url: ${BASE_ULR}/orders', right: 'url: ${BASE_URL}/orders' },
  },
  TM3102: {
    title: 'a path does not exist',
    explanation:
      'The value is there and lacks this part. That is not null: only `== null`, `!= null`, `exists`, `is null`, `??`, `?.` and `?` may meet what is not there. In a wait or a poll it means "not yet".',
    example: { wrong: 'assert:\n  - body.userId == 5', right: 'assert:\n  - body.user_id == 5' },
  },
  TM3103: {
    title: 'values of these types do not go together',
    explanation:
      'Nothing converts by itself: ordering and arithmetic need two numbers, text operators need texts. `number(x)` and `string(x)` convert.',
    example: { wrong: 'assert:\n  - body.price > 5   # "59.98"', right: 'assert:\n  - number(body.price) > 5' },
  },
  TM3104: {
    title: 'two texts that look like numbers are put in order',
    explanation: 'As texts, "10" comes before "9". Say which order is meant.',
    example: { wrong: 'assert:\n  - body.version > "9"', right: 'assert:\n  - number(body.version) > 9' },
  },
  TM3105: {
    title: 'a property of a list',
    explanation: 'A list has elements; a property belongs to one of them. Only `.length` is the list’s own.',
    example: { wrong: 'assert:\n  - body.items.price == 5', right: 'assert:\n  - body.items[0].price == 5' },
  },
  TM3106: {
    title: 'neither true nor false',
    explanation: 'Conditions, assertions, `and`, `or`, `not` and the test of `? :` need a boolean.',
    example: { wrong: 'when: order.id', right: 'when: order.id != null' },
  },
  TM3107: {
    title: 'a definition leads back to itself',
    explanation: 'Definitions may refer to one another, but not in a circle. The message shows the way round.',
    example: { wrong: 'env:\n  A: ${B}\n  B: ${A}', right: 'env:\n  A: ${B}\n  B: 5' },
  },
  TM3108: {
    title: 'a result cannot be worked out exactly',
    explanation: 'Division by zero, or a result that would lose digits in silence.',
    example: { wrong: 'when: total / 0 > 1', right: 'when: total / count > 1' },
  },
  TM3109: {
    title: 'a function was given a value it cannot use',
    explanation: 'The message says what it takes and what it was given.',
    example: { wrong: 'assert:\n  - sum(body.names) > 1', right: 'assert:\n  - sum(map(body.items, .price)) > 1' },
  },
  TM3111: {
    title: 'an expression takes too many steps',
    explanation:
      'A filter within a filter over long lists would run for minutes; an expression may take a million steps.',
    example: {
      wrong: 'assert:\n  - all(body.a, any(body.b, # == -1) or # >= 0)',
      right: 'assert:\n  - len(body.a) == len(body.b)',
    },
  },
  TM3112: {
    title: 'an output is not there',
    explanation:
      'The path leads nowhere in this step’s result. End it with `?` if it may be absent, or give a default with `??`.',
    example: { wrong: 'output:\n  order_id: $.body.orderId', right: 'output:\n  order_id: $.body.order_id' },
  },
  TM3113: {
    title: 'a JSON Schema cannot be checked',
    explanation: 'The schema’s file was not read, or schema checks are not available where the flow runs.',
    example: {
      wrong: 'assert:\n  - body matches_schema_file "missing.json"',
      right: 'assert:\n  - body matches_schema_file "schemas/order.json"',
    },
  },
  TM3201: {
    title: 'a config does not fit once its templates are rendered',
    explanation: 'What a template stood for has the wrong type or form for its key. The message names key and reason.',
    example: { wrong: 'timeout: ${TIMEOUT}   # "soon"', right: 'timeout: ${TIMEOUT}   # "30s"' },
  },
} as const;
