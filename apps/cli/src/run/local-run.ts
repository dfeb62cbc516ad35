import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { KnownActions } from '@testmesh/catalogue';
import type { RunEvent, RunId } from '@testmesh/domain';
import { type RunInput, runFlow } from '@testmesh/engine';
import { type Flow, readFlow, type SchemaCheck } from '@testmesh/flow';
import { fileBlobs, fileJournal } from '@testmesh/journal-file';
import { asksForLimits, operatorRules, outboundPolicy } from '@testmesh/outbound';
import { newRunId, seededRandom, systemClock, WriteBehind } from '@testmesh/runtime';
import { recordLost } from './data-folder.ts';
import { flowText, isInside, type PreparedFlow } from './prepare-flows.ts';
import type { GivenVariables } from './variables.ts';

// The composition root of local mode: one flow, run by the engine over a journal file.

export interface LocalRunSettings {
  readonly cwd: string;
  /** Nothing a flow names may lie outside. */
  readonly root: string;
  /** Where runs and blobs are kept. */
  readonly data: string;
  readonly actions: KnownActions;
  readonly given: GivenVariables;
  readonly seed: string | undefined;
  readonly cancel: AbortSignal;
  readonly force: AbortSignal;
  readonly log: (message: string) => void;
}

/** Runs one flow to its end; everything else is in the events. */
export const runLocally = async (
  prepared: PreparedFlow & { readonly flow: Flow },
  settings: LocalRunSettings,
  onEvent: (event: RunEvent) => void,
): Promise<RunId> => {
  const runId = newRunId();
  // What the recorder still holds when the run is over may be what the disk does not take.
  await recorded(prepared, runId, settings, onEvent).catch((error: unknown) => {
    throw recordLost(error, settings.data);
  });
  return runId;
};

const recorded = async (
  prepared: PreparedFlow & { readonly flow: Flow },
  runId: RunId,
  settings: LocalRunSettings,
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  const { flow } = prepared;
  const journal = fileJournal(join(settings.data, 'runs'));
  const recorder = new WriteBehind({ journal, stream: `run-${runId}`, clock: systemClock });
  try {
    await runFlow(runInput(prepared, runId, settings), {
      recorder,
      blobs: fileBlobs(join(settings.data, 'blobs')),
      clock: systemClock,
      random: seededRandom,
      action: settings.actions.action,
      childFlow: (path, from) => childFlow(path, from, settings),
      readFile: (path) => readFile(insideProject(path, settings)),
      writeFile: (path, bytes) => writeInside(insideProject(path, settings), bytes),
      glob: (pattern) => glob(pattern, settings),
      schemaCheck: await schemaCheckFor(flow),
      outbound: asksForLimits(process.env) ? outboundPolicy(operatorRules(process.env, 'own')) : undefined,
      xmlSchemaCheck: async () => (await import('@testmesh/xml-schema-libxml2')).xmlSchemaCheck,
      signal: settings.cancel,
      force: settings.force,
      onEvent,
      log: settings.log,
    });
  } finally {
    await recorder.close();
    await journal.close();
  }
};

const runInput = (
  prepared: PreparedFlow & { readonly flow: Flow },
  runId: RunId,
  settings: LocalRunSettings,
): RunInput => ({
  runId,
  flow: prepared.flow,
  environment: prepared.environment,
  variables: settings.given.variables,
  envFileVariables: settings.given.envFileVariables,
  flowEnvFileVariables: prepared.flowEnvFileVariables,
  osVariables: prepared.osVariables,
  secretNames: [],
  credentialNames: prepared.credentialNames,
  seed: settings.seed ?? runId,
  tags: prepared.flow.tags,
});

const childFlow = async (path: string, from: string, settings: LocalRunSettings): Promise<Flow> => {
  const absolute = insideProject(join(dirname(from), path), settings);
  const file = relative(settings.cwd, absolute);
  const { flow, diagnostics } = await readFlow(
    flowText(file, await readFile(absolute, 'utf8')),
    settings.actions.catalogue,
  );
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (flow === undefined || first !== undefined) {
    throw new Error(`${file} is not a valid flow: ${first?.code ?? ''} ${first?.message ?? ''}`);
  }
  return flow;
};

const insideProject = (path: string, { cwd, root }: LocalRunSettings): string => {
  const absolute = resolve(cwd, path);
  if (!isInside(absolute, root)) throw new Error(`${path} lies outside the project ${root}`);
  return absolute;
};

const writeInside = async (path: string, bytes: Uint8Array): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
};

const glob = async (pattern: string, { cwd, root }: LocalRunSettings): Promise<readonly string[]> => {
  const { glob: find } = await import('tinyglobby');
  const found = await find(pattern, {
    cwd,
    absolute: true,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**'],
  });
  return found
    .filter((path) => isInside(path, root))
    .map((path) => relative(cwd, path))
    .sort();
};

/** The JSON Schema checker is large; only a flow that writes `matches_schema`, or runs another that may, pays for it. */
const schemaCheckFor = async ({ text }: Flow): Promise<SchemaCheck | undefined> =>
  text.includes('matches_schema') || text.includes('run_flow')
    ? (await import('@testmesh/json-schema-ajv')).schemaCheck
    : undefined;
