// An Application of our own making: an operator's template, bound to the environment it is for.
import type { EnvironmentTarget } from '@testmesh/ports';
import { filledDocuments, readTemplate, TemplateProblem, templateVariables } from '@testmesh/templates';
import * as z from 'zod';
import type { ArgoApplication } from './argocd-application.ts';
import { argoCdSettings } from './argocd-settings.ts';

export const ARGO_API = 'argoproj.io/v1alpha1';

/** Argo CD lets an Application with it go only after what it deployed is gone. */
export const CASCADE = 'resources-finalizer.argocd.argoproj.io';

/** On an Application that was made here, and on the namespace that Argo CD makes for it. */
export const ENVIRONMENT_LABEL = 'testmesh.dev/environment';

const application = z.looseObject({
  apiVersion: z.literal(ARGO_API),
  kind: z.literal('Application'),
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
  spec: z.looseObject({
    destination: z.looseObject({ namespace: z.string().optional() }),
    syncPolicy: z
      .looseObject({
        managedNamespaceMetadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).optional(),
      })
      .default({}),
  }),
});

/** The Application to make for an environment; throws a `TemplateProblem` where the template is none. */
export const applicationFor = async (
  root: string | undefined,
  { id, workspace, spec }: EnvironmentTarget,
  place: { readonly name: string; readonly namespace: string },
): Promise<ArgoApplication> => {
  const { template: name, variables } = argoCdSettings(spec);
  if (root === undefined)
    throw new TemplateProblem('settings.create: no folder of templates is configured here (TESTMESH_TEMPLATES)');
  if (name === undefined) throw new TemplateProblem('settings.template: it names what the Application is made of');
  const template = await readTemplate(root, name);
  if (template.kind !== 'documents') throw new TemplateProblem(`the template "${name}" is a chart, not an Application`);
  const given = templateVariables(workspace, spec, variables);
  const documents = template.texts.flatMap((text) => filledDocuments(text, given, 'manifest'));
  const [only, ...more] = documents;
  const read = application.safeParse(only?.value);
  if (!read.success || more.length > 0)
    throw new TemplateProblem(`the template "${name}" is not one ${ARGO_API} Application: ${problemsOf(read.error)}`);
  return bound(read.data, id, place, spec.namespace);
};

const problemsOf = (error: z.ZodError | undefined): string =>
  error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') ?? 'it holds several documents';

/** Where it goes and whose it is are not the template's to say. */
const bound = (
  { metadata, spec, ...rest }: z.output<typeof application>,
  id: string,
  place: { readonly name: string; readonly namespace: string },
  namespace: string,
): ArgoApplication => {
  const { managedNamespaceMetadata = { labels: {} }, ...syncPolicy } = spec.syncPolicy;
  const own = { [ENVIRONMENT_LABEL]: id };
  const labels = { ...managedNamespaceMetadata.labels, ...own };
  return {
    ...rest,
    metadata: { ...metadata, ...place, labels: { ...metadata.labels, ...own }, finalizers: [CASCADE] },
    spec: {
      ...spec,
      destination: { ...spec.destination, namespace },
      syncPolicy: { ...syncPolicy, managedNamespaceMetadata: { ...managedNamespaceMetadata, labels } },
    },
  };
};
