import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { builtInActions, type KnownActions } from '@testmesh/catalogue';
import type { Diagnostic } from '@testmesh/contracts';
import { type ReadProject, readProject, renderDiagnostic } from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';
import { projectRoot } from './select-files.ts';

// The actions of a project: those of TestMesh, and those of the plugins that testmesh.yaml names. Where there is no such
// file nothing of plugins is loaded.

const PROJECT_FILE = 'testmesh.yaml';

/**
 * Reads testmesh.yaml, sought from `from` up to the project's root, and loads what it names. A plugin that cannot be used
 * ends the command, but where a server runs the flows: it is the server's plugins that count then.
 */
export const knownActions = async (
  from: string,
  root?: string,
  unusable: Diagnostic['severity'] = 'error',
): Promise<KnownActions> => {
  const found = await projectFile(from, root ?? (await projectRoot(from)));
  if (found === undefined) return builtInActions;
  const file = relative(from, found.path);
  const project = readProject({ file, text: found.text });
  refuse(project.diagnostics, found.text);
  if (project.plugins.length === 0) return builtInActions;
  return withProjectPlugins(project, dirname(found.path), { text: found.text, severity: unusable });
};

const projectFile = async (
  from: string,
  root: string,
): Promise<{ readonly path: string; readonly text: string } | undefined> => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE);
    const text = await readFile(path, 'utf8').catch(absent);
    if (text !== undefined) return { path, text };
    if (folder === root || folder === dirname(folder)) return undefined;
  }
};

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT' && error.code !== 'EISDIR') throw error;
};

const withProjectPlugins = async (
  project: ReadProject,
  base: string,
  { text, severity }: { readonly text: string; readonly severity: Diagnostic['severity'] },
): Promise<KnownActions> => {
  const { loadPlugins, mayAskFrom, takenNames, withPlugins } = await import('@testmesh/plugins');
  const { plugins, problems } = await loadPlugins(project.plugins, {
    base,
    taken: takenNames(builtInActions),
    mayAsk: mayAskFrom(process.env),
    patienceMs: 0,
  });
  const diagnostics = problems.flatMap(({ index, problem: { code, message, help } }): Diagnostic[] => {
    const span = project.plugins[index]?.span;
    return span === undefined ? [] : [{ code, severity, message, span, help }];
  });
  refuse(diagnostics, text);
  return withPlugins(builtInActions, plugins);
};

const refuse = (diagnostics: readonly Diagnostic[], text: string): void => {
  if (diagnostics.length === 0) return;
  const blocks = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text)).join('\n\n');
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new CommandEnd('usage', blocks);
  process.stderr.write(`${blocks}\n`);
};
