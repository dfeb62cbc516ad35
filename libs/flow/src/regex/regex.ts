// Regular expressions that cannot hang: re2js matches in time linear in the text.
// R1. It costs 15 ms to load, so only who reads a flow that matches something pays: `loadRegexEngine` before compiling.
import type { RE2JS } from 're2js';

/** A regular expression whose matching time is linear in the text. */
export interface Regex {
  readonly source: string;
  readonly matches: (text: string) => boolean;
}

let engine: typeof RE2JS | undefined;

/** Loads the engine; `compileRegex` needs it. */
export const loadRegexEngine = async (): Promise<void> => {
  engine ??= (await import('re2js')).RE2JS;
};

const compiled = new Map<string, Regex>();
const MAX_COMPILED = 500;

/** A compiled expression, or why RE2 does not take it. */
export const compileRegex = (source: string): Regex | { readonly refused: string } => {
  const known = compiled.get(source);
  if (known) return known;
  if (!engine) throw new Error('the regular expression engine is not loaded: await loadRegexEngine() first');
  try {
    const pattern = engine.compile(source);
    const regex: Regex = { source, matches: (text) => pattern.matcher(text).find() };
    // Patterns that are computed in a loop must not pile up.
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, regex);
    return regex;
  } catch (error) {
    return { refused: reason(error) };
  }
};

/** Why a text is no regular expression that can be used; undefined when it is one. */
export const patternProblem = (source: string): string | undefined => {
  const regex = compileRegex(source);
  return 'refused' in regex ? regex.refused : undefined;
};

const reason = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error parsing regexp: /, '');
};
