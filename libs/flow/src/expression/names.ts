// Which names an expression mentions, without evaluating it.
import type { Ast, HyphenatedWord, TextPart } from './ast.ts';

/** A reference as it is written: where it begins, its root, and the keys that follow while they are known. */
export interface Mention {
  readonly root: string;
  readonly path: readonly (string | number)[];
  readonly start: number;
  readonly end: number;
  /** Whether the author provides for its absence: `${x?}`, `${x:default}`, `x ?? y`. */
  readonly optional: boolean;
}

type Known = (name: string) => boolean;

/** Every mention, in the order of the text; a hyphenated word is one name unless only its first part is known. */
export const mentions = (ast: Ast, isKnown: Known = () => true): readonly Mention[] => {
  const found: Mention[] = [];
  collect(ast, isKnown, false, found);
  return found;
};

const collect = (ast: Ast, isKnown: Known, optional: boolean, found: Mention[]): void => {
  const path = staticPath(ast);
  if (path) {
    found.push({ ...rooted(path.names), start: path.start, end: ast.end, optional: optional || path.optional });
    return;
  }
  if (ast.kind === 'draw') found.push({ ...rooted(ast.name.split('.')), start: ast.start, end: ast.end, optional });
  if (ast.kind === 'query')
    found.push({ root: '$', path: ast.query.segments, start: ast.start, end: ast.end, optional });
  if (ast.kind === 'hyphenated') {
    const read = ast.readings.reading((start) => isOneName(ast.readings.words, start, isKnown));
    collect(read, isKnown, optional, found);
    return;
  }
  for (const part of parts(ast)) collect(part.ast, isKnown, optional || part.optional, found);
};

const isOneName = (words: readonly HyphenatedWord[], start: number, isKnown: Known): boolean => {
  const word = words.find((candidate) => candidate.start === start);
  // What a known name holds is not known here, so its keys are taken as they stand.
  if (!word || word.before.length > 0) return true;
  return isKnown(word.word) || !isKnown(word.word.split('-')[0] ?? '');
};

/** `service.user-api` is one name. */
const rooted = (names: readonly (string | number)[]) => {
  const [root, second, ...rest] = names;
  if (root === 'service' && typeof second === 'string') return { root: `service.${second}`, path: rest };
  return { root: String(root), path: names.slice(1) };
};

interface StaticPath {
  readonly names: readonly (string | number)[];
  readonly start: number;
  readonly optional: boolean;
}

/** The names of `a.b[0]["c"]`; undefined when the expression is anything else. */
export const staticPath = (ast: Ast): StaticPath | undefined => {
  if (ast.kind === 'name') return { names: [ast.name], start: ast.start, optional: false };
  if (ast.kind !== 'member' && ast.kind !== 'index') return undefined;
  const key = ast.kind === 'member' ? ast.key : literalKey(ast.index);
  const path = key === undefined ? undefined : staticPath(ast.of);
  if (path === undefined || key === undefined) return undefined;
  return { names: [...path.names, key], start: path.start, optional: path.optional };
};

const literalKey = (index: Ast): string | number | undefined => {
  if (index.kind !== 'literal') return undefined;
  return typeof index.value === 'string' || typeof index.value === 'number' ? index.value : undefined;
};

interface Part {
  readonly ast: Ast;
  readonly optional: boolean;
}

const plain = (...asts: readonly (Ast | undefined)[]): readonly Part[] =>
  asts.filter((ast) => ast !== undefined).map((ast) => ({ ast, optional: false }));

/** The expressions an expression is made of. */
const parts = (ast: Ast): readonly Part[] => {
  switch (ast.kind) {
    case 'text':
      return placeholders(ast.parts);
    case 'index':
      return plain(ast.of, ast.index);
    case 'slice':
      return plain(ast.of, ast.from, ast.to);
    case 'filter':
      return plain(ast.of, ast.keep);
    case 'list':
      return plain(...ast.items);
    case 'map':
      return plain(...ast.entries.map(({ value }) => value));
    case 'binary':
    case 'logic':
      return plain(ast.left, ast.right);
    case 'matches':
      return plain(ast.of, ast.pattern);
    case 'otherwise':
      return [{ ast: ast.left, optional: true }, ...plain(ast.right)];
    case 'default':
      return [{ ast: ast.of, optional: true }, ...plain(ast.default)];
    case 'maybe':
      return [{ ast: ast.of, optional: true }];
    case 'choice':
      return plain(ast.test, ast.then, ast.else);
    case 'call':
    case 'draw':
      return plain(...ast.args);
    case 'member':
    case 'not':
    case 'negative':
    case 'exists':
    case 'is':
      return plain(ast.of);
    case 'literal':
    case 'name':
    case 'element':
    case 'query':
    case 'hyphenated':
      return [];
  }
};

export const placeholders = (textParts: readonly TextPart[]): readonly Part[] =>
  textParts.flatMap((part) => (part.kind === 'placeholder' ? [{ ast: part.ast, optional: false }] : []));

/** Walks a tree and everything below it. */
export const within = (ast: Ast, visit: (ast: Ast) => void): void => {
  visit(ast);
  if (ast.kind === 'hyphenated') within(ast.readings.whole, visit);
  for (const part of parts(ast)) within(part.ast, visit);
};

/** References as a whole: `body.items`, not the `body` in it. */
export const outermostReferences = (ast: Ast): readonly Ast[] => {
  if (ast.kind === 'query' || staticPath(ast)) return [ast];
  return parts(ast).flatMap((part) => outermostReferences(part.ast));
};

/** The hyphenated words of a tree in which all of them are names. */
export const hyphenatedWords = (whole: Ast): readonly HyphenatedWord[] => {
  const words: HyphenatedWord[] = [];
  within(whole, (ast) => {
    if (ast.kind === 'name' && ast.name.includes('-')) words.push({ start: ast.start, before: [], word: ast.name });
    if (ast.kind === 'member' && ast.key.includes('-')) {
      const before = staticPath(ast.of)?.names;
      if (before) words.push({ start: ast.keyStart, before, word: ast.key });
    }
  });
  return words.sort((a, b) => a.start - b.start);
};
