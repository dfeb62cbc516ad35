import { expect, test } from '@jest/globals';
import { type DollarStyle, filledDocuments, plainDocuments } from './fill.ts';

const fill = (text: string, variables: Record<string, string> = {}, style: DollarStyle = 'manifest') =>
  filledDocuments({ text, where: 'shop.yaml' }, variables, style).map(({ value }) => value);

test('fills in names, with a default where nobody said one', () => {
  expect(fill('image: "orders:${TAG}"', { TAG: 'pr-1' })).toEqual([{ image: 'orders:pr-1' }]);
  expect(fill('image: orders:${TAG:-latest}')).toEqual([{ image: 'orders:latest' }]);
  expect(fill('image: a${EMPTY:-}b')).toEqual([{ image: 'ab' }]);
});

test('says which name nobody said, and how to say it', () => {
  expect(() => fill('a: 1\n---\nimage: ${TAG}')).toThrow(
    'shop.yaml, document 2 asks for ${TAG}, and nobody said it: give settings.variables.TAG',
  );
});

test('a value cannot change what the template is made of', () => {
  const injection = 'x"\nprivileged: true\n---\nkind: ClusterRole';
  expect(fill('image: ${TAG}\nquoted: "${TAG}"', { TAG: injection })).toEqual([
    { image: injection, quoted: injection },
  ]);
  expect(fill('a: ${__proto__:-none}\nb: ${TAG}', { TAG: '${OTHER}' })).toEqual([{ a: 'none', b: '${OTHER}' }]);
});

test('what stands unquoted becomes a number or a truth, what stands in quotes stays a text', () => {
  const variables = { N: '3', ON: 'true', ZEROES: '007' };
  expect(fill('a: ${N}\nb: "${N}"\nc: ${ON}\nd: ${ZEROES}', variables)).toEqual([{ a: 3, b: '3', c: true, d: '007' }]);
});

test('leaves other dollars of a manifest alone', () => {
  expect(fill('a: $(POD_IP) $HOME $$ $${TAG}')).toEqual([{ a: '$(POD_IP) $HOME $$ ${TAG}' }]);
});

test('reads dollars of a compose file as compose does, and refuses the forms it does not know', () => {
  expect(fill('a: pg_isready -U $$USER $$$${TAG}', { TAG: 'x' }, 'compose')).toEqual([
    { a: 'pg_isready -U $USER $${TAG}' },
  ]);
  expect(() => fill('a: $TAG', { TAG: 'x' }, 'compose')).toThrow(/write \$\{NAME\} or/);
  expect(() => fill('a: ${TAG:?needed}', { TAG: 'x' }, 'compose')).toThrow(/write \$\{NAME\} or/);
});

test('reads every document that is not empty, with anchors and merges', () => {
  expect(fill('---\n---\na: &x { b: 1 }\nc: { <<: *x, d: 2 }\n---\n# nothing\n')).toEqual([
    { a: { b: 1 }, c: { b: 1, d: 2 } },
  ]);
  expect(fill('')).toEqual([]);
});

test('says what is no YAML, and where', () => {
  expect(() => fill('a: 1\n---\nb: [')).toThrow(/^shop\.yaml, document 2 is no YAML: /);
  expect(() => fill('a: 1\na: 2')).toThrow(/^shop\.yaml is no YAML: Map keys must be unique/);
});

test('what a chart made is read as it is', () => {
  const read = plainDocuments({ text: 'a: ${NOT} $$ MINE\n---\n# Source: empty.yaml\n', where: 'chart' });
  expect(read).toEqual([{ where: 'chart, document 1', value: { a: '${NOT} $$ MINE' } }]);
});
