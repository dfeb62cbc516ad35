// What names and paths mean: root names from the scope, the rest from the values themselves.
import type { Value } from '@testmesh/domain';
import { childOf, isList, isMap, keysOf, lengthOf } from '../path/child.ts';
import { suggest } from '../source/suggest.ts';
import type { Ast, HyphenatedWord, Place, Readings } from './ast.ts';
import { builtinNames } from './builtins.ts';
import { type Evaluation, Missing } from './evaluation.ts';
import { show, typeOf } from './value-text.ts';

const MAX_LISTED = 20;

export const lookUp = (name: string, place: Place, evaluation: Evaluation): Value | Missing => {
  const meaning = evaluation.scope.resolve(name);
  if (meaning === undefined) return undefinedName(name, place, evaluation);
  if (meaning.kind === 'value') return meaning.value;
  if (meaning.kind === 'definition') return evaluation.define(name, meaning.template, place);
  return new Missing({ what: name, text: evaluation.text, place }, { message: meaning.why });
};

const undefinedName = (name: string, place: Place, evaluation: Evaluation): Missing => {
  const names = evaluation.scope.names();
  return new Missing(
    { what: name, text: evaluation.text, place },
    {
      isUndefined: true,
      message: `\`${name}\` is not defined`,
      suggestion: didYouMean(suggest(name, [...names, ...builtinNames])),
      help: names.length === 0 ? 'nothing is in scope here' : `in scope are ${listed(names)}`,
    },
  );
};

const didYouMean = (nearest: string | undefined): string | undefined =>
  nearest === undefined ? undefined : `did you mean \`${nearest}\`?`;

const listed = (names: readonly string[]): string => {
  const shown = names.slice(0, MAX_LISTED).join(', ');
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
};

/** `service.user-api` is one name, not a key of `service`. */
export const serviceNamed = (key: string, place: Place, evaluation: Evaluation): Value | Missing => {
  const name = `service.${key}`;
  const isWhole = evaluation.scope.resolve(name) !== undefined || evaluation.scope.resolve('service') === undefined;
  if (isWhole) return lookUp(name, place, evaluation);
  const service = lookUp('service', place, evaluation);
  if (service instanceof Missing) return service;
  const found = childOf(service, key);
  return found === undefined ? lookUp(name, place, evaluation) : found;
};

/** A key of a value that is there. */
export const memberOf = (
  value: Value,
  key: string | number,
  ast: Ast & { kind: 'member' | 'index' },
  evaluation: Evaluation,
): Value | Missing => {
  // A whole number may be an object's key: `ports[5432]`.
  const found = childOf(value, typeof key === 'number' && isMap(value) ? String(key) : key);
  if (found !== undefined) return found;
  if (key === 'length' && (isList(value) || typeof value === 'string')) return lengthOf(value);
  if (typeof key === 'string' && isList(value)) return propertyOfList(key, ast, evaluation);
  return absent(value, key, ast, evaluation);
};

const propertyOfList = (key: string, ast: Ast & { kind: 'member' | 'index' }, evaluation: Evaluation): never => {
  const list = evaluation.sourceOf(ast.of);
  return evaluation.stop(
    keyPlace(ast),
    'TM3105',
    `\`${list}\` is a list and has no property \`${key}\``,
    `one element is \`${list}[0].${key}\`, all of them are \`map(${list}, .${key})\`, some are \`${list}[.${key} == …]\``,
  );
};

const keyPlace = (ast: Ast & { kind: 'member' | 'index' }): Place =>
  ast.kind === 'member' ? { start: ast.keyStart, end: ast.keyStart + ast.key.length } : ast.index;

const absent = (
  value: Value,
  key: string | number,
  ast: Ast & { kind: 'member' | 'index' },
  evaluation: Evaluation,
): Missing => {
  const what = evaluation.sourceOf(ast);
  const owner = evaluation.sourceOf(ast.of);
  const where = { what, text: evaluation.text, place: keyPlace(ast) };
  if (isList(value)) {
    const count = value.length === 1 ? '1 element' : `${value.length} elements`;
    return new Missing(where, { message: `\`${what}\` does not exist: \`${owner}\` has ${count}` });
  }
  if (!isMap(value)) {
    const found = value === null ? 'null' : `a ${typeOf(value)}: ${show(value)}`;
    return new Missing(where, { message: `\`${what}\` does not exist: \`${owner}\` is ${found}` });
  }
  const keys = keysOf(value);
  return new Missing(where, {
    message: `\`${what}\` does not exist`,
    suggestion: didYouMean(suggest(String(key), keys)),
    help: keys.length === 0 ? `\`${owner}\` is empty` : `\`${owner}\` has ${listed(keys)}`,
  });
};

/** The reading of an expression with hyphens that fits what is there. */
export const fittingReading = (readings: Readings, evaluation: Evaluation): Ast => {
  const apart = readings.words.filter((word) => !isOneName(word, evaluation)).map(({ start }) => start);
  return apart.length === 0 ? readings.whole : readings.reading((start) => !apart.includes(start));
};

const isOneName = ({ word, before }: HyphenatedWord, evaluation: Evaluation): boolean => {
  const first = word.slice(0, word.indexOf('-'));
  const [root, ...path] = before;
  if (root === undefined) {
    return evaluation.scope.resolve(word) !== undefined || evaluation.scope.resolve(first) === undefined;
  }
  const place = { start: 0, end: 0 };
  const owner = lookUp(String(root), place, evaluation);
  if (owner instanceof Missing) return true;
  const holder = path.reduce<Value | undefined>((value, key) => childOf(value, key), owner);
  return childOf(holder, word) !== undefined || childOf(holder, first) === undefined;
};
