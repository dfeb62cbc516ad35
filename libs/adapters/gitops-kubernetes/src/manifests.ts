// What a template may hold: objects of kinds that live in a namespace, and of no namespace but the environment's.
import type { KubernetesObject } from '@testmesh/kubernetes';
import type { EnvironmentTarget } from '@testmesh/ports';
import { type TemplateDocument, TemplateProblem } from '@testmesh/templates';
import * as z from 'zod';
import { labelsOf } from './guards.ts';

const texts = z.record(z.string(), z.string());
const object = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().optional(),
    labels: texts.nullish(),
    annotations: texts.nullish(),
  }),
});

export interface Manifest {
  readonly where: string;
  readonly object: KubernetesObject & Required<Pick<KubernetesObject, 'apiVersion' | 'kind'>>;
}

const GUARDS = ['ResourceQuota', 'LimitRange', 'NetworkPolicy'];

export const manifestsOf = (documents: readonly TemplateDocument[], target: EnvironmentTarget): readonly Manifest[] => {
  const manifests = documents.flatMap(listed).map((document) => manifestOf(document, target));
  if (manifests.length === 0) throw new TemplateProblem('the template holds nothing to deploy');
  return manifests;
};

/** `kind: List` is a way to write several. */
const listed = (document: TemplateDocument): readonly TemplateDocument[] => {
  const { kind, items } = (document.value ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  if (kind !== 'List' || !Array.isArray(items)) return [document];
  return items.map((value, index) => ({ where: `${document.where}, item ${index + 1}`, value }));
};

const manifestOf = ({ where, value }: TemplateDocument, target: EnvironmentTarget): Manifest => {
  const read = object.safeParse(value);
  if (!read.success) {
    const said = read.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');
    throw new TemplateProblem(`${where} is no Kubernetes object: ${said}`);
  }
  const { data } = read;
  const place = `${where} (${data.kind} "${data.metadata.name}")`;
  refuseElsewhere(place, data.metadata.namespace, target);
  refuseGuards(place, data.kind, data.metadata.name);
  refuseHooks(place, data.metadata.annotations ?? {});
  const metadata = {
    ...data.metadata,
    namespace: target.spec.namespace,
    labels: { ...data.metadata.labels, ...labelsOf(target) },
  };
  return { where: place, object: { ...data, metadata } as Manifest['object'] };
};

const refuseElsewhere = (place: string, namespace: string | undefined, { spec }: EnvironmentTarget): void => {
  if (namespace === undefined || namespace === spec.namespace) return;
  throw new TemplateProblem(
    `${place} is for the namespace "${namespace}"; leave the namespace out, or write \${TESTMESH_NAMESPACE}`,
  );
};

/** The operator's guards carry this name: a template must not loosen them. */
const refuseGuards = (place: string, kind: string, name: string): void => {
  if (GUARDS.includes(kind) && name === 'testmesh') throw new TemplateProblem(`${place}: this name is the operator's`);
};

const refuseHooks = (place: string, annotations: Readonly<Record<string, string>>): void => {
  const hook = annotations['helm.sh/hook'];
  if (hook === undefined) return;
  throw new TemplateProblem(`${place} is a Helm hook (${hook}), which nothing here would run; make it a plain Job`);
};
