import { loadJsonPath } from '../path/json-path.ts';
import { loadRegexEngine } from '../regex/regex.ts';

// Generous on purpose: a library that is loaded in vain costs milliseconds, one that is missing stops the run.
const MAY_MATCH = /\bmatches\b/;
const MAY_SELECT =
  /\$(?:\.\.|[.[].*(?:\.\.|\*|\?|[:,].*\]))|\[\s*(?:\*|\?|-?\d*\s*:)|[\p{L}\p{Nd}_\]]\.(?:\*|\.[\p{L}_[*])/u;

/** Loads what the expressions and paths of a file may need; await it before anything of that file is compiled. */
export const loadLibrariesFor = async (fileText: string): Promise<void> => {
  if (MAY_MATCH.test(fileText)) await loadRegexEngine();
  if (MAY_SELECT.test(fileText)) await loadJsonPath();
};
