import { counted } from '@testmesh/views';
import { CommandEnd } from '../exit-code.ts';
import { diagnosticsText, isInvalid, loadFlows } from '../run/load-flows.ts';
import { type ContextOptions, refuseApi, refuseJson } from '../run/settings.ts';

/** Checks flows and says everything that is wrong with them at once. */
export const validate = async (paths: readonly string[], options: ContextOptions): Promise<void> => {
  refuseApi(options);
  refuseJson(options);
  const loaded = await loadFlows(paths, options, process.cwd());
  const text = diagnosticsText(loaded);
  if (text !== '') process.stderr.write(`${text}\n`);
  const invalid = loaded.flows.filter(isInvalid).length;
  if (invalid > 0) {
    throw new CommandEnd('invalid', `${invalid} of ${counted(loaded.flows.length, 'flow')} invalid`);
  }
  process.stdout.write(`${counted(loaded.flows.length, 'flow')} valid\n`);
};
