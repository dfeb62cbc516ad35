// The chart, rendered and read back as objects.
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runTool } from '../infra/processes.ts';

export const chartFolder = path.resolve(import.meta.dirname, '../../deploy/helm/testmesh');

/** What `go install` builds of Helm takes every cluster for one of version 1.20. */
const kubeVersion = ['--kube-version', '1.36.3'];

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object of Kubernetes, as far as tests look into it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
  // biome-ignore lint/suspicious/noExplicitAny: a manifest has as many shapes as Kubernetes has kinds
  readonly [field: string]: any;
}

export type Settings = Readonly<Record<string, string>>;

export const setting = (settings: Settings): string[] =>
  Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);

const objectsIn = (manifests: string): readonly KubeObject[] =>
  parseAllDocuments(manifests, { uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object: unknown = document.toJS();
    return object === null ? [] : [object as KubeObject];
  });

/** What would be installed with these values; a refusal is an error with Helm's words. */
export const rendered = async (helm: string, settings: Settings, more: readonly string[] = []) =>
  objectsIn(
    await runTool(helm, [
      'template',
      'testmesh',
      chartFolder,
      '--namespace',
      'testmesh',
      ...kubeVersion,
      ...setting(settings),
      ...more,
    ]),
  );
