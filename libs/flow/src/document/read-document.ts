import type { Diagnostic } from '@testmesh/contracts';
import type { Node } from '../model/node.ts';
import { Findings } from '../source/findings.ts';
import type { Source } from '../source/source.ts';
import { nodeTree } from './node-tree.ts';
import { findTrap } from './traps.ts';
import { sentenceOf } from './yaml-errors.ts';
import { composeYaml, LIMITS } from './yaml-tokens.ts';

export interface ReadDocument {
  /** Absent when the file holds nothing or its structure cannot be trusted. */
  readonly root?: Node;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one YAML document with the place of every part; after a syntax error there is no tree, for its shape would mislead. */
export const readDocument = (source: Source): ReadDocument => {
  const findings = new Findings();
  if (refuseText(source, findings)) return { diagnostics: findings.all };
  const composed = composeYaml(source.text);
  if (composed.kind === 'too-deep') {
    const message = `nested more than ${LIMITS.depth} levels deep`;
    findings.error('TM1007', source.span(composed.offset - 1, composed.offset), message);
    return { diagnostics: findings.all };
  }
  const [document, second] = composed.documents;
  if (second !== undefined) {
    const start = source.text.indexOf('---', document?.range[1] ?? 0);
    findings.error('TM1002', source.span(start, start + 3), 'a second document: a file holds one', {
      help: 'put it into a file of its own',
    });
    return { diagnostics: findings.all };
  }
  reportSyntax(source, composed.documents, findings);
  if (findings.hasErrors) return { diagnostics: findings.all };
  const root = document?.contents ? nodeTree(document.contents, source, findings) : undefined;
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) {
    if (!findings.hasErrors) findings.error('TM1015', source.span(0, 0), 'the file is empty');
    return { diagnostics: findings.all };
  }
  return { root, diagnostics: findings.all };
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd\ufffe\uffff]|\p{Surrogate}/u;

const refuseText = (source: Source, findings: Findings): boolean => {
  if (source.text.length > LIMITS.size) {
    const size = (source.text.length / 1024 / 1024).toFixed(1);
    findings.error('TM1006', source.span(0, 0), `the file is too large: ${size} MiB, the limit is 1 MiB`);
    return true;
  }
  const strange = NOT_TEXT.exec(source.text);
  if (strange === null) return false;
  const code = strange[0].codePointAt(0) ?? 0;
  const what = code === 0xfffd ? 'bytes that are not UTF-8' : `the character U+${hex(code)}`;
  findings.error('TM1009', source.span(strange.index, strange.index + 1), `${what}: this is not a text file`, {
    help: 'save the file as UTF-8; write a control character as an escape within double quotes, such as "\\x00"',
  });
  return true;
};

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');

const reportSyntax = (
  source: Source,
  documents: ReturnType<typeof composeYaml> extends infer C ? (C extends { documents: infer D } ? D : never) : never,
  findings: Findings,
): void => {
  const errors = documents.flatMap(({ errors }) => errors).sort((a, b) => a.pos[0] - b.pos[0]);
  // One mistake makes several errors on its line; the first names it.
  let reportedLine = 0;
  for (const error of errors) {
    const span = source.span(...error.pos);
    if (span.line === reportedLine) continue;
    reportedLine = span.line;
    const trap = findTrap(source, span.line);
    if (trap !== undefined) findings.error('TM1010', trap.span, trap.message, { help: trap.help });
    else {
      const { code, message, help } = sentenceOf(error);
      findings.error(code, span, message, help === undefined ? {} : { help });
    }
  }
};
