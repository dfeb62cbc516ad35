import { Composer, type Document, Lexer, Parser } from 'yaml';

// Hostile files are refused before they cost anything (issue: alias bombs, nesting, size).
export const LIMITS = {
  /** Characters of a file. */
  size: 1024 * 1024,
  /** Lists and maps within one another. */
  depth: 50,
  /** Scalars, lists and maps of a file once every alias is expanded. */
  nodes: 200_000,
} as const;

export type Composed =
  | { readonly kind: 'documents'; readonly documents: readonly Document.Parsed[] }
  | { readonly kind: 'too-deep'; readonly offset: number };

// Scalars come as text: typing them is ours, because numbers keep their digits.
const OPTIONS = {
  version: '1.2',
  schema: 'failsafe',
  uniqueKeys: false,
  merge: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** Parses YAML with places for everything, giving up as soon as it is nested too deeply. */
export const composeYaml = (text: string): Composed => {
  const parser = new Parser();
  const tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // Each list or map is one token on the stack, and a document and a scalar besides.
    if (parser.stack.length > LIMITS.depth + 2) return { kind: 'too-deep', offset: parser.offset };
  }
  for (const token of parser.end()) tokens.push(token);
  const composer = new Composer(OPTIONS);
  return { kind: 'documents', documents: [...composer.compose(tokens, false, text.length)] as Document.Parsed[] };
};
