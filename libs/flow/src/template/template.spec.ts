import { describe, expect, test } from '@jest/globals';
import { numberFromText, parseJson, type Value } from '@testmesh/domain';
import { plainText } from '../expression/plain-text.ts';
import { scopeOf } from '../expression/scope.fixture.ts';
import type { Node } from '../model/node.ts';
import type { Scope } from '../model/scope.ts';
import { nodeOf } from './node.fixture.ts';
import {
  compileTemplate,
  compileTextTemplate,
  constantTemplate,
  isConstant,
  mergeTemplates,
  render,
  templateNames,
} from './template.ts';

const scope = scopeOf({
  id: 7,
  name: 'Ada',
  nothing: null,
  order: { id: 'o-1', 'user-id': 5 },
  list: [{ a: 1 }],
  large: 1_000_000,
  tiny: 1e-7,
  huge: 1e21,
  exact: numberFromText('9007199254740993'),
  data: '${name} and {{id}}',
  DB_PASS: 'p@ss:w/rd#%',
});

const compiled = (text: string) => compileTextTemplate(plainText(text));
const rendered = (text: string, within: Scope = scope): unknown => {
  const { template, problems } = compiled(text);
  const outcome = render(template, within);
  if (problems.length > 0) return problems.map(({ code, span }) => `${code}@${span.column}`);
  return outcome.ok
    ? outcome.value
    : `${outcome.problem.code}@${outcome.problem.span.column}: ${outcome.problem.message}`;
};

describe('a whole placeholder keeps its type', () => {
  test.each<[string, Value]>([
    ['${id}', 7],
    ['{{id}}', 7],
    ['${ id }', 7],
    ['{{ order.id }}', 'o-1'],
    ['${list}', [{ a: 1 }]],
    ['${list[0].a * 2}', 2],
    ['${nothing}', null],
    ['${order.user-id}', 5],
    ['${{a: {b: 1}}}', { a: { b: 1 } }],
    ['${"}" + "x"}', '}x'],
    ["${missing ?? 'd'}", 'd'],
    ['${nothing ?? id}', 7],
    ['${missing?}', null],
    ['${order.missing?}', null],
    ['${missing:default}', 'default'],
    ['${missing:8080}', 8080],
    ['${missing:true}', true],
    ['${missing:"8080"}', '8080'],
    ['${missing:}', ''],
    ['${missing:http://localhost:1}', 'http://localhost:1'],
    ["${missing:it's}", "it's"],
    ['${missing:${id}}', 7],
    ['${missing:a ${id} b}', 'a 7 b'],
    ['${name:default}', 'Ada'],
    ['${id > 5 ? "many" : "few"}', 'many'],
    ['${name.upper()}', 'ADA'],
  ])('%s', (text, expected) => expect(rendered(text)).toEqual(expected));
});

describe('embedded, a value is text', () => {
  test.each([
    ['id=${id}&name={{name}}', 'id=7&name=Ada'],
    ['${large}!', '1000000!'],
    ['${tiny}!', '0.0000001!'],
    ['${huge}!', '1000000000000000000000!'],
    ['${exact}!', '9007199254740993!'],
    ['${list}!', '[{"a":1}]!'],
    ['${nothing}!', 'null!'],
    ['[${missing?}]', '[]'],
    ['$${id} is ${id}', '${id} is 7'],
    ['costs 5$ {a}', 'costs 5$ {a}'],
    ['"${name}"', '"Ada"'],
    ["it's ${name}'s", "it's Ada's"],
    ['C:\\temp\\${id}', 'C:\\temp\\7'],
  ])('%s', (text, expected) => expect(rendered(text)).toBe(expected));

  test('data is never looked at for placeholders', () => {
    expect(rendered('<${data}>')).toBe('<${name} and {{id}}>');
    expect(rendered('${data}')).toBe('${name} and {{id}}');
  });
});

describe('userinfo of a connection string is percent-encoded', () => {
  test.each([
    [
      'postgres://app:${DB_PASS}@db.example.com:5432/app',
      'postgres://app:p%40ss%3Aw%2Frd%23%25@db.example.com:5432/app',
    ],
    [
      'postgres://app@myserver:${DB_PASS}@myserver.host:5432/app',
      'postgres://app%40myserver:p%40ss%3Aw%2Frd%23%25@myserver.host:5432/app',
    ],
    [
      'postgres://app:${DB_PASS}@/app?host=/cloudsql/p:r:i',
      'postgres://app:p%40ss%3Aw%2Frd%23%25@/app?host=/cloudsql/p:r:i',
    ],
    ['rediss://:${DB_PASS}@h:6380', 'rediss://:p%40ss%3Aw%2Frd%23%25@h:6380'],
    ['${name}://x', 'Ada://x'],
    ['http://${name}/path@x', 'http://Ada/path@x'],
    ['http://h/${DB_PASS}', 'http://h/p@ss:w/rd#%'],
    ['mail a@b.c to ${name}', 'mail a@b.c to Ada'],
    ['postgres://a@b:c@h/db?x=${id}', 'postgres://a@b:c@h/db?x=7'],
    ['postgres://u:${DB_PASS}@${name}/db', 'postgres://u:p%40ss%3Aw%2Frd%23%25@Ada/db'],
  ])('%s', (text, expected) => expect(rendered(text)).toBe(expected));
});

describe('definitions', () => {
  const definitions = { URL: 'http://${HOST}:${PORT:80}', HOST: '${name}.local', ONE: '${TWO}', TWO: 'x ${ONE}' };
  const within = scopeOf({ name: 'orders' }, { definitions });

  test('refer to one another and are rendered where they are used', () => {
    expect(rendered('${URL}/x', within)).toBe('http://orders.local:80/x');
  });

  test('must not go in a circle', () => {
    expect(rendered('${ONE}', within)).toMatch(/^TM3107.*ONE → TWO → ONE$/);
  });

  test('a bad name is told where the definition stands', () => {
    const broken = scopeOf({ name: 'orders' }, { definitions: { URL: 'http://${nmae}' } });
    expect(rendered('${URL}', broken)).toBe('TM3101@10: `nmae` is not defined');
  });
});

describe('problems', () => {
  test.each([
    ['a ${id', ['TM3008@3']],
    ['a {{id}', ['TM3008@3']],
    ['${}', ['TM3008@1']],
    ['${id +}', ['TM3001@7']],
    ['x ${id} ${== 1}', ['TM3001@11']],
    ['${__proto__}', ['TM3009@3']],
    ['${constructor.prototype}', ['TM3009@3']],
    ['$${${id', ['TM3008@4']],
  ])('%s cannot be read', (text, expected) => expect(rendered(text)).toEqual(expected));

  test('the caret stands under the bad name', () => {
    expect(rendered('a ${order.idd} b')).toBe('TM3102@11: `order.idd` does not exist');
    expect(rendered('a ${ nmae } b')).toBe('TM3101@6: `nmae` is not defined');
  });

  test('all problems of a node are found at once, each value with its own', () => {
    const { problems } = compileTemplate(nodeOf({ a: '${', b: ['${}', 'fine'], __proto__x: 1, '${k}': '${id' }));
    expect(problems.map(({ code }) => code)).toEqual(['TM3008', 'TM3008', 'TM3008']);
  });
});

describe('maps and lists', () => {
  test('render part by part, keys too; what is constant stays constant', () => {
    const { template } = compileTemplate(
      nodeOf({ fixed: { n: 1, t: 'x' }, list: ['${id}', true, null], '${name}-key': '{{id}}!' }),
    );
    expect(render(template, scope)).toEqual({
      ok: true,
      value: { fixed: { n: 1, t: 'x' }, list: [7, true, null], 'Ada-key': '7!' },
    });
    expect(isConstant(template)).toBe(false);
    expect(isConstant(compileTemplate(nodeOf({ a: [1, { b: 'x' }] })).template)).toBe(true);
  });

  test('a key __proto__ is refused', () => {
    const node = nodeOf(parseJson('{"__proto__": 1}')) as Node;
    expect(compileTemplate(node).problems).toMatchObject([{ code: 'TM3009' }]);
  });

  test('a key that is no text is a problem', () => {
    const { template } = compileTemplate(nodeOf({ '${list}': 1 }));
    expect(render(template, scope)).toMatchObject({ ok: false, problem: { code: 'TM3103' } });
  });
});

test('templateNames gives every name with its place and whether its absence is provided for', () => {
  const { template } = compileTemplate(nodeOf({ url: '${service.order-api}/x/${id?}', list: ['${place-order.id:5}'] }));
  expect(templateNames(template)).toMatchObject([
    { name: 'service.order-api', optional: false, span: { column: 3 } },
    { name: 'id', optional: true, span: { column: 26 } },
    { name: 'place-order', path: ['id'], optional: true },
  ]);
});

describe('mergeTemplates', () => {
  test('lays one map under another, deeply, and only maps', () => {
    const under = compileTemplate(
      nodeOf({ poll: { timeout: '5s', interval: '${id}' }, list: [1], headers: { a: 1 } }),
    ).template;
    const over = compileTemplate(nodeOf({ poll: { timeout: '${name}' }, list: [2], headers: 'none' })).template;
    expect(render(mergeTemplates(under, over), scope)).toEqual({
      ok: true,
      value: { poll: { timeout: 'Ada', interval: 7 }, list: [2], headers: 'none' },
    });
  });

  test('a constant map merges as any other', () => {
    const merged = mergeTemplates(constantTemplate({ a: { b: 1, c: 2 } }), constantTemplate({ a: { c: 3 } }));
    expect(render(merged, scope)).toEqual({ ok: true, value: { a: { b: 1, c: 3 } } });
  });
});
