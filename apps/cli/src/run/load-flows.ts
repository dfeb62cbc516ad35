import type { KnownActions } from '@testmesh/catalogue';
import { inOrder, renderDiagnostic } from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';
import { knownActions } from './known-actions.ts';
import { unmentioned } from './mentioned-names.ts';
import { FlowPreparation, type PreparedFlow } from './prepare-flows.ts';
import { projectRoot, selectFiles } from './select-files.ts';
import { type ContextOptions, wantedTags } from './settings.ts';
import { type GivenVariables, givenVariables } from './variables.ts';

export interface LoadedFlows {
  readonly flows: readonly PreparedFlow[];
  readonly root: string;
  readonly given: GivenVariables;
  readonly texts: ReadonlyMap<string, string>;
  /** What is worth saying of the command line itself. */
  readonly warnings: readonly string[];
  readonly actions: KnownActions;
}

/** Reads and checks every flow that paths and tags select; nothing is sent. */
export const loadFlows = async (
  paths: readonly string[],
  options: ContextOptions,
  cwd: string,
  missingInput: 'error' | 'warning' = 'warning',
): Promise<LoadedFlows> => {
  const tags = wantedTags(options.tags);
  const given = await givenVariables(options.var ?? [], options.envFile ?? [], cwd);
  const root = await projectRoot(cwd);
  const actions = await knownActions(cwd, root, options.api === undefined ? 'error' : 'warning');
  const files = await selectFiles(paths, cwd);
  const preparation = new FlowPreparation({
    cwd,
    root,
    ...(options.env !== undefined && { environmentName: options.env }),
    given,
    osEnvironment: process.env,
    catalogue: actions.catalogue,
    missingInput,
  });
  const flows: PreparedFlow[] = [];
  for (const file of files) flows.push(await preparation.prepare(file));
  const selected = tags === undefined ? flows : flows.filter((flow) => hasTag(flow, tags));
  if (selected.length === 0) {
    throw new CommandEnd(
      'nothing_matched',
      `none of ${flows.length} flows has a tag of ${[...(tags ?? [])].join(', ')}`,
    );
  }
  const warnings = unmentioned(given.variables.keys(), selected, options.api !== undefined);
  return { flows: selected, root, given, texts: preparation.texts, warnings, actions };
};

// A file that cannot be read as a flow has no tags to judge by; leaving it out would hide it.
const hasTag = ({ flow }: PreparedFlow, tags: ReadonlySet<string>): boolean =>
  flow === undefined || flow.tags.some((tag) => tags.has(tag));

export const isInvalid = ({ diagnostics }: PreparedFlow): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** Every diagnostic of every flow with its frame, each once: files share environments and env files. */
export const diagnosticsText = (loaded: LoadedFlows): string => {
  const seen = new Set<string>();
  const blocks = loaded.warnings.map((warning) => `${warning}\n`);
  for (const flow of loaded.flows) {
    for (const diagnostic of inOrder(flow.diagnostics)) {
      const { file, line, column } = diagnostic.span;
      const key = [file, line, column, diagnostic.code, diagnostic.message].join('\0');
      if (seen.has(key)) continue;
      seen.add(key);
      blocks.push(`${renderDiagnostic(diagnostic, loaded.texts.get(file) ?? '')}\n`);
    }
  }
  return blocks.join('\n');
};
