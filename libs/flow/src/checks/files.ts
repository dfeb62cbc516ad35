import type { Span } from '@testmesh/domain';
import { schemaFiles } from '../assertion/mentions.ts';
import { schemaTextProblems } from '../assertion/schema-text.ts';
import type { Flow, Step } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';
import type { CheckOptions } from './names.ts';

/** Files that steps read are there before the first step acts, and schemas among them can be used. */
export const checkFiles = (flow: Flow, { hasFile, schemaText }: CheckOptions, findings: Findings): void => {
  if (hasFile === undefined) return;
  const told = mayBeMade(flow) ? 'warning' : 'error';
  const steps = [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested);
  for (const { path, span, isSchema } of steps.flatMap((step) => (step.disabled ? [] : filesOf(step)))) {
    if (!hasFile(path, flow)) {
      findings[told]('TM2023', span, `there is no file ${path}`, { help: `paths are relative to ${flow.file}` });
      continue;
    }
    const text = isSchema ? schemaText?.(path, flow) : undefined;
    for (const { message, suggestion: help } of text === undefined ? [] : schemaTextProblems(text)) {
      findings[told]('TM3024', span, `${path}: ${message}`, help === undefined ? {} : { help });
    }
  }
};

// A step may make the file that a later one reads; a flow that others run may be left one by them.
const mayBeMade = ({ inputs, outputs, text }: Flow): boolean =>
  inputs.length > 0 || outputs.length > 0 || /save_to_file|volumes|run_flow/.test(text);

interface NamedFile {
  readonly path: string;
  readonly span: Span;
  /** Of a JSON Schema; one for XML is judged where it is used, by what reads it. */
  readonly isSchema?: boolean;
}

const filesOf = (step: Step): readonly NamedFile[] => {
  const schemas = [...schemaFiles(step.asserts)].map(([path, { span, language }]) => ({
    path,
    span,
    isSchema: language === 'json',
  }));
  return [...ownFiles(step), ...schemas];
};

const ownFiles = (step: Step): readonly NamedFile[] => {
  if (step.kind === 'action') return step.files;
  if (step.kind === 'run_flow' && step.inputFile?.kind === 'fixed') {
    return [{ path: step.inputFile.value, span: step.inputFile.span }];
  }
  const over = step.kind === 'for_each' && step.over.kind === 'rows' ? step.over.file : undefined;
  if (step.kind !== 'for_each' || over?.kind !== 'constant' || typeof over.value !== 'string') return [];
  return [{ path: over.value, span: step.places.over }];
};
