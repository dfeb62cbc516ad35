import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Diagnostic } from '@testmesh/contracts';
import { typedText, type Value } from '@testmesh/domain';
import { builtinNames, readEnvFile } from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';

export interface GivenVariables {
  /** `--var`, the strongest below what the run captures. */
  readonly variables: ReadonlyMap<string, Value>;
  /** All `--env-file`s, later ones over earlier ones. */
  readonly envFileVariables: ReadonlyMap<string, Value>;
  readonly diagnostics: readonly Diagnostic[];
  /** File → text of what the diagnostics point into. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Reads `--var NAME=VALUE` and `--env-file FILE`. */
export const givenVariables = async (
  vars: readonly string[],
  envFiles: readonly string[],
  cwd: string,
): Promise<GivenVariables> => {
  const variables = new Map(vars.map(nameAndValue));
  const envFileVariables = new Map<string, Value>();
  const diagnostics: Diagnostic[] = [];
  const texts: Record<string, string> = {};
  for (const file of envFiles) {
    const text = await envFileText(file, cwd);
    texts[file] = text;
    const read = readEnvFile({ file, text });
    diagnostics.push(...read.diagnostics);
    for (const [name, value] of read.variables) envFileVariables.set(name, value);
  }
  return { variables, envFileVariables, diagnostics, texts };
};

/** Every object of the language has them, so expressions refuse them. */
const NO_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

const nameAndValue = (text: string): [string, Value] => {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  if (at < 1 || !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
    throw new CommandEnd('usage', `--var ${text} is not NAME=VALUE; a name has letters, digits, _ and -`);
  }
  if (builtinNames.has(name)) throw new CommandEnd('usage', `--var ${name}: ${name} is built in; take another name`);
  if (NO_NAMES.has(name)) throw new CommandEnd('usage', `--var ${name}: no flow can have that name`);
  return [name, typedText(text.slice(at + 1))];
};

const envFileText = (file: string, cwd: string): Promise<string> =>
  readFile(resolve(cwd, file), 'utf8').catch((error: Error) => {
    throw new CommandEnd('usage', `the env file ${file} cannot be read: ${error.message}`);
  });

/** The OS variables a flow mentions, typed when their text is a JSON number or boolean; no other variable is read. */
export const osVariables = (
  mentions: Iterable<string>,
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Value> => {
  const found = new Map<string, Value>();
  for (const name of mentions) {
    const text = environment[name];
    if (text !== undefined) found.set(name, typedText(text));
  }
  return found;
};
