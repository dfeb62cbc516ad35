// The folder in which an operator lays down what test environments are made of. A request names a template and never a path.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemplateText } from './fill.ts';
import { TemplateProblem } from './template-problem.ts';

export type Template =
  /** One file, or every YAML file of a folder by name. */
  | { readonly kind: 'documents'; readonly texts: readonly TemplateText[] }
  | { readonly kind: 'chart'; readonly folder: string };

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/;
const YAML = /\.ya?ml$/;

/** `NAME.yaml`, `NAME.yml`, a folder NAME of such files, or a folder NAME that holds a Helm chart. */
export const readTemplate = async (root: string, name: string): Promise<Template> => {
  if (!NAME.test(name)) {
    throw new TemplateProblem(`"${name}" is no name of a template: lower-case letters, digits, dashes and dots`);
  }
  // A mounted ConfigMap holds its versions beside the files, with a dot in front.
  const entries = (await readdir(root)).filter((entry) => !entry.startsWith('.'));
  const file = entries.find((entry) => entry === `${name}.yaml` || entry === `${name}.yml`);
  if (file !== undefined) return { kind: 'documents', texts: [await textOf(root, file)] };
  if (!entries.includes(name) || !(await stat(join(root, name))).isDirectory()) {
    const known = [...new Set(entries.map((entry) => entry.replace(YAML, '')))].sort().join(', ');
    throw new TemplateProblem(`there is no template "${name}"; there is ${known || 'none'}`);
  }
  const inside = await readdir(join(root, name));
  if (inside.includes('Chart.yaml')) return { kind: 'chart', folder: join(root, name) };
  const files = inside.filter((entry) => YAML.test(entry)).sort();
  if (files.length === 0) throw new TemplateProblem(`the template "${name}" holds no YAML file`);
  return { kind: 'documents', texts: await Promise.all(files.map((entry) => textOf(root, join(name, entry)))) };
};

const textOf = async (root: string, file: string): Promise<TemplateText> => ({
  text: await readFile(join(root, file), 'utf8'),
  where: file,
});
