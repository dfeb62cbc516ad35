import type { Diagnostic } from '@testmesh/contracts';
import { readDocument } from '../document/read-document.ts';
import { loadLibrariesFor } from '../expression/libraries.ts';
import type { Flow } from '../model/flow.ts';
import type { MapNode, Node } from '../model/node.ts';
import { Findings } from '../source/findings.ts';
import { inOrder } from '../source/render.ts';
import { Source } from '../source/source.ts';
import { suggest } from '../source/suggest.ts';
import { type ActionCatalogue, loadSchemas } from './catalogue.ts';
import { readFlowMap } from './flow-map.ts';
import { FLOW_KEYS } from './keys.ts';
import type { Reading } from './reading.ts';
import { kindOf } from './values.ts';

export interface ReadResult {
  /** What could be read, for further checks; it may be run only when no diagnostic is an error. */
  readonly flow?: Flow;
  /** Everything found, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface FlowText {
  readonly file: string;
  readonly text: string;
  /** The text's SHA-256 in hex from whoever can tell it cheaply: loading Web Crypto takes a small flow's start 15 ms of work. */
  readonly sha256?: string;
}

/** Reads a flow file: everything wrong with it at once, each with its place. */
export const readFlow = async ({ file, text, sha256 }: FlowText, catalogue: ActionCatalogue): Promise<ReadResult> => {
  const source = new Source(file, text);
  const findings = new Findings();
  const { root, diagnostics } = readDocument(source);
  findings.add(diagnostics);
  const map = root && flowMap(root, findings);
  if (map === undefined) return { diagnostics: inOrder(findings.all) };
  await loadLibrariesFor(source.text);
  const schemas = await loadSchemas(actionsOf(map), catalogue);
  const reading: Reading = { source, findings, schemas, actionNames: catalogue.names, refusal: catalogue.refusal };
  const flow = readFlowMap(reading, map, sha256 ?? (await digestOf(text)));
  return {
    flow: findings.hasErrors ? { ...flow, incomplete: true } : flow,
    diagnostics: inOrder(findings.all),
  };
};

/** The map after `flow:`, or the document itself where that key was left out. */
const flowMap = (root: Node, findings: Findings): MapNode | undefined => {
  if (root.kind !== 'map') {
    findings.error('TM1103', root.span, `a flow file is a map with the key \`flow\`, not ${kindOf(root)}`);
    return undefined;
  }
  const entries = root.entries.filter(({ key }) => !key.startsWith('x-'));
  const wrapped = entries.find(({ key }) => key === 'flow');
  if (wrapped === undefined) return bareFlow({ ...root, entries }, findings);
  for (const { key, keySpan } of entries) {
    if (key === 'flow') continue;
    const help = key in FLOW_KEYS ? `indent it under \`flow\`` : 'keys of your own start with x-';
    findings.error('TM1101', keySpan, `unknown key \`${key}\` beside \`flow\``, { help });
  }
  if (wrapped.value.kind === 'map') return wrapped.value;
  findings.error('TM1103', wrapped.keySpan, `\`flow\` is a map of keys and values, not ${kindOf(wrapped.value)}`);
  return undefined;
};

const bareFlow = (root: MapNode, findings: Findings): MapNode | undefined => {
  const [first] = root.entries;
  const isFlow = root.entries.some(({ key }) => key === 'steps' || key === 'setup' || key === 'teardown');
  if (isFlow && first !== undefined) {
    findings.warning('TM1107', first.keySpan, 'the flow stands at the top of the file', {
      help: 'put it under a key `flow:`',
    });
    return root;
  }
  const meant = root.entries.find(({ key }) => suggest(key, ['flow']) !== undefined);
  findings.error('TM1102', (meant ?? first)?.keySpan ?? root.span, 'a flow file has the key `flow`', {
    ...(meant && { suggestion: 'did you mean `flow`?' }),
  });
  return undefined;
};

/** Every text after a key `action`, wherever it stands, so that only those schemas are loaded. */
const actionsOf = (node: Node, found = new Set<string>()): Set<string> => {
  if (node.kind === 'list') for (const item of node.items) actionsOf(item, found);
  if (node.kind === 'map') {
    for (const { key, value } of node.entries) {
      if (key === 'action' && value.kind === 'scalar') found.add(value.text.value);
      else actionsOf(value, found);
    }
  }
  return found;
};

const digestOf = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
};
