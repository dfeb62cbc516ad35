import type { Diagnostic } from '@testmesh/contracts';
import { frame } from './frame.ts';
import { Source } from './source.ts';

/** A diagnostic as plain text: code, place, the lines around it with a caret, and help. */
export const renderDiagnostic = (diagnostic: Diagnostic, sourceText: string): string => {
  const { code, severity, message, span, suggestion, help } = diagnostic;
  const source = new Source(span.file, sourceText);
  const lines = frame(source, span, suggestion === undefined ? {} : { suggestion });
  const margin = ' '.repeat(String(span.line).length + 1);
  return [
    `${severity}[${code}]: ${message}`,
    `${margin}--> ${span.file}:${span.line}:${span.column}`,
    ...lines.map(({ gutter, text }) => `${gutter} | ${text}`.trimEnd()),
    ...(help === undefined ? [] : [`  help: ${help}`]),
    `  help: testmesh explain ${code}`,
  ].join('\n');
};

/** In the order a person reads: by place, then by code. */
export const inOrder = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  [...diagnostics].sort(
    (a, b) =>
      a.span.line - b.span.line || a.span.column - b.span.column || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0),
  );
