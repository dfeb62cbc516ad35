import { loadJsonPath } from '../path/json-path.ts';
import { loadRegexEngine } from '../regex/regex.ts';

// Generous on purpose: a library that is loaded in vain costs milliseconds, one that is missing stops the run.
// A key may also be written with escapes.
const MAY_MATCH = /\bmatches\b|matches_schema_file|pattern|\bregex:|\\[xuU]/;
const MAY_SELECT =
  /\$(?:\.\.|[.[].*(?:\.\.|\*|\?|[:,].*\]))|\[\s*(?:\*|\?|-?\d*\s*:)|[\p{L}\p{Nd}_\]]\.(?:\*|\.[\p{L}_[*])/u;

type Library = 'regular expressions' | 'JSONPath';

/** The libraries that the expressions and paths of a file may need. */
export const librariesFor = (fileText: string): readonly Library[] => [
  ...(MAY_MATCH.test(fileText) ? (['regular expressions'] as const) : []),
  ...(MAY_SELECT.test(fileText) ? (['JSONPath'] as const) : []),
];

const load: Readonly<Record<Library, () => Promise<void>>> = {
  'regular expressions': loadRegexEngine,
  JSONPath: loadJsonPath,
};

/** Loads them; await it before anything of that file is compiled. */
export const loadLibrariesFor = async (fileText: string): Promise<void> => {
  for (const library of librariesFor(fileText)) await load[library]();
};
