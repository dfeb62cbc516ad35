import type { Span } from '@testmesh/domain';
import { schemaFiles } from '../assertion/mentions.ts';
import type { Flow, Step } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';
import type { CheckOptions } from './names.ts';

/** Files that steps read are there before the first step acts. */
export const checkFiles = (flow: Flow, { hasFile }: CheckOptions, findings: Findings): void => {
  if (hasFile === undefined) return;
  const told = mayBeMade(flow) ? 'warning' : 'error';
  for (const step of [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested)) {
    if (step.disabled) continue;
    for (const { path, span } of filesOf(step)) {
      if (hasFile(path, flow)) continue;
      findings[told]('TM2023', span, `there is no file ${path}`, { help: `paths are relative to ${flow.file}` });
    }
  }
};

// A step may make the file that a later one reads; a flow that others run may be left one by them.
const mayBeMade = ({ inputs, outputs, text }: Flow): boolean =>
  inputs.length > 0 || outputs.length > 0 || /save_to_file|volumes|run_flow/.test(text);

const filesOf = (step: Step): readonly { path: string; span: Span }[] => {
  const schemas = [...schemaFiles(step.asserts)].map(([path, { span }]) => ({ path, span }));
  return [...ownFiles(step), ...schemas];
};

const ownFiles = (step: Step): readonly { path: string; span: Span }[] => {
  if (step.kind === 'action') return step.files;
  if (step.kind === 'run_flow' && step.inputFile?.kind === 'fixed') {
    return [{ path: step.inputFile.value, span: step.inputFile.span }];
  }
  const over = step.kind === 'for_each' && step.over.kind === 'rows' ? step.over.file : undefined;
  if (step.kind !== 'for_each' || over?.kind !== 'constant' || typeof over.value !== 'string') return [];
  return [{ path: over.value, span: step.places.over }];
};
