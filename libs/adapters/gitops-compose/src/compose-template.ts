import type { EnvironmentTarget } from '@testmesh/ports';
import { filledDocuments, readTemplate, TemplateProblem, templateVariables } from '@testmesh/templates';
import { type ComposeServices, composeServices } from './compose-file.ts';
import { composeSettings } from './compose-settings.ts';

/** The services that an environment asks for, filled in; throws a `TemplateProblem` where they cannot be had. */
export const servicesOf = async (root: string, { workspace, spec }: EnvironmentTarget): Promise<ComposeServices> => {
  const { template: name, variables } = composeSettings(spec);
  const template = await readTemplate(root, name);
  if (template.kind !== 'documents') throw new TemplateProblem(`the template "${name}" is a chart, not a compose file`);
  const given = templateVariables(workspace, spec, variables);
  const documents = template.texts.flatMap((text) => filledDocuments(text, given, 'compose'));
  const [file, ...more] = documents;
  if (file === undefined || more.length > 0)
    throw new TemplateProblem(`the template "${name}" holds ${documents.length} documents; a compose file is one`);
  return composeServices(file);
};
