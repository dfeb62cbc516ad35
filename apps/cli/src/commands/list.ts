import { readFlow } from '@testmesh/flow';
import { counted } from '@testmesh/views';
import { knownActions } from '../run/known-actions.ts';
import { selectFiles } from '../run/select-files.ts';
import { wantedTags } from '../run/settings.ts';

/** Prints one line per flow: file, name, tags, number of steps. */
export const list = async (paths: readonly string[], options: { readonly tags?: readonly string[] }): Promise<void> => {
  const tags = wantedTags(options.tags);
  const { catalogue } = await knownActions(process.cwd());
  for (const { file, text } of await selectFiles(paths, process.cwd())) {
    const { flow } = await readFlow({ file, text }, catalogue);
    if (flow === undefined) {
      process.stdout.write(`${file}  (invalid: testmesh validate ${file})\n`);
      continue;
    }
    if (tags !== undefined && !flow.tags.some((tag) => tags.has(tag))) continue;
    const steps = counted(flow.setup.length + flow.steps.length + flow.teardown.length, 'step');
    process.stdout.write(`${file}  ${flow.name}  ${steps}${flow.tags.map((tag) => `  #${tag}`).join('')}\n`);
  }
};
