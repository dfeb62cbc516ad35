import type { Diagnostic } from '@testmesh/contracts';
import type { Span } from '@testmesh/domain';
import { readDocument } from '../document/read-document.ts';
import type { MapEntry, Node, ScalarNode } from '../model/node.ts';
import { readFields } from '../reading/fields.ts';
import type { Keys } from '../reading/keys.ts';
import { kindOf } from '../reading/values.ts';
import { Findings } from '../source/findings.ts';
import { inOrder } from '../source/render.ts';
import { Source } from '../source/source.ts';

/** Where a plugin is to be had, as `testmesh.yaml` or an operator names it. */
export interface PluginSource {
  readonly kind: 'package' | 'path' | 'url';
  /** `@acme/testmesh-k8s`, `./plugins/greet.mjs`, `http://127.0.0.1:7000`. */
  readonly name: string;
  readonly span: Span;
}

export interface ReadProject {
  readonly plugins: readonly PluginSource[];
  readonly diagnostics: readonly Diagnostic[];
}

const PROJECT_KEYS = {
  plugins: {
    shape: { kind: 'list' },
    description: 'Where further actions come from: npm packages, paths beginning with ./ and addresses.',
  },
} as const satisfies Keys;

const PLUGIN_KEYS = {
  package: { shape: { kind: 'text' }, description: 'An npm package, installed where this file is.' },
  path: { shape: { kind: 'text' }, description: 'A file, or a folder with a package.json, from this file on.' },
  url: { shape: { kind: 'text' }, description: 'A plugin that runs as a process of its own.' },
} as const satisfies Keys;

/** Reads `testmesh.yaml`, the settings of a project: everything wrong with it at once, each with its place. */
export const readProject = ({ file, text }: { readonly file: string; readonly text: string }): ReadProject => {
  const findings = new Findings();
  const { root, diagnostics } = readDocument(new Source(file, text));
  findings.add(diagnostics);
  const plugins = root === undefined ? [] : pluginsIn(root, findings);
  return { plugins, diagnostics: inOrder(findings.all) };
};

const pluginsIn = (root: Node, findings: Findings): readonly PluginSource[] => {
  if (root.kind !== 'map') {
    findings.error('TM1103', root.span, `testmesh.yaml is a map of keys and values, not ${kindOf(root)}`);
    return [];
  }
  const entries = root.entries.filter(({ key }) => !key.startsWith('x-'));
  const { plugins } = readFields({ ...root, entries }, PROJECT_KEYS, { what: 'testmesh.yaml', findings });
  if (plugins === undefined) return [];
  if (plugins.value.kind === 'list') return plugins.value.items.flatMap((item) => pluginOf(item, findings));
  findings.error('TM1103', plugins.value.span, `\`plugins\` is a list, not ${kindOf(plugins.value)}`);
  return [];
};

const pluginOf = (node: Node, findings: Findings): readonly PluginSource[] => {
  if (isText(node)) return [{ ...pluginNamed(node.value), span: node.span }];
  if (node.kind !== 'map') {
    findings.error('TM1103', node.span, `a plugin is a text or a map {package}, {path} or {url}, not ${kindOf(node)}`);
    return [];
  }
  const fields = readFields(node, PLUGIN_KEYS, { what: 'a plugin', findings });
  const given = (['package', 'path', 'url'] as const).flatMap((kind) => sourceOf(kind, fields[kind], findings));
  if (Object.keys(fields).length !== 1) {
    findings.error('TM1102', node.span, 'a plugin has one of `package`, `path` and `url`');
  }
  return given.slice(0, 1);
};

const sourceOf = (
  kind: PluginSource['kind'],
  entry: MapEntry | undefined,
  findings: Findings,
): readonly PluginSource[] => {
  if (entry === undefined) return [];
  if (isText(entry.value)) return [{ kind, name: entry.value.value, span: entry.value.span }];
  findings.error('TM1103', entry.value.span, `\`${kind}\` is a text, not ${kindOf(entry.value)}`);
  return [];
};

type TextNode = ScalarNode & { readonly value: string };

const isText = (node: Node): node is TextNode =>
  node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '';

/** What a plugin written as one text is. */
export const pluginNamed = (name: string): Omit<PluginSource, 'span'> => {
  if (/^https?:\/\//.test(name)) return { kind: 'url', name };
  return { kind: /^(?:\.{1,2})?\//.test(name) ? 'path' : 'package', name };
};
