import type { TestEnvironmentSpec } from '@testmesh/domain';
import type { EnvironmentTarget } from '@testmesh/ports';
import {
  filledDocuments,
  readTemplate,
  type TemplateDocument,
  TemplateProblem,
  templateVariables,
} from '@testmesh/templates';
import * as z from 'zod';
import { rendered } from './helm.ts';
import { type Manifest, manifestsOf } from './manifests.ts';

const written = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const settings = z.strictObject({
  /** A manifest, a folder of manifests or a chart of the operator's folder, by name. */
  template: z.string(),
  /** For manifests. */
  variables: z.record(z.string(), written).default({}),
  /** For a chart. */
  values: z.record(z.string(), z.json()).default({}),
});

export interface TemplateSettings {
  /** The folder of the operator's manifests and charts. */
  readonly templates: string;
  /** Helm's program; charts are refused without. */
  readonly helm?: string;
}

/** What an environment asks for, ready to be applied; throws a `TemplateProblem` where it cannot be had. */
export const wantedManifests = async (
  { templates, helm }: TemplateSettings,
  target: EnvironmentTarget,
  signal: AbortSignal,
): Promise<readonly Manifest[]> => {
  const { template: name, variables, values } = settingsOf(target.spec);
  const template = await readTemplate(templates, name);
  const given = templateVariables(target.workspace, target.spec, variables);
  if (template.kind === 'documents') {
    refuseIf(Object.keys(values).length > 0, `the template "${name}" is no chart; settings.values is for charts`);
    const filled = template.texts.flatMap((text) => filledDocuments(text, given, 'manifest'));
    return manifestsOf(filled, target);
  }
  refuseIf(Object.keys(variables).length > 0, `the template "${name}" is a chart; give settings.values instead`);
  return manifestsOf(await chartDocuments(helm, template.folder, { values, given, target, signal }), target);
};

interface ChartWish {
  readonly values: z.output<typeof settings>['values'];
  readonly given: Readonly<Record<string, string>>;
  readonly target: EnvironmentTarget;
  readonly signal: AbortSignal;
}

/** A chart is told what manifests may ask for under `testmesh`. */
const chartDocuments = (
  program: string | undefined,
  folder: string,
  { values, given, target, signal }: ChartWish,
): Promise<readonly TemplateDocument[]> => {
  if (program === undefined)
    throw new TemplateProblem('it is a Helm chart, and no Helm is configured: TESTMESH_HELM names its program');
  const all = { ...values, testmesh: given };
  return rendered({ program, folder, release: target.spec.namespace, values: all }, signal);
};

const settingsOf = (spec: Pick<TestEnvironmentSpec, 'settings'>): z.output<typeof settings> => {
  const read = settings.safeParse(spec.settings);
  if (read.success) return read.data;
  const said = read.error.issues.map(({ path, message }) => `${['settings', ...path].join('.')}: ${message}`);
  throw new TemplateProblem(said.join('; '));
};

const refuseIf = (isWrong: boolean, problem: string): void => {
  if (isWrong) throw new TemplateProblem(problem);
};
