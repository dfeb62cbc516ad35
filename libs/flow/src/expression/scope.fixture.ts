import type { Value } from '@testmesh/domain';
import type { Meaning, Scope } from '../model/scope.ts';
import { compileTextTemplate } from '../template/template.ts';
import { evaluate, parseExpression } from './expression.ts';
import { plainText } from './plain-text.ts';

/** A scope of plain values; texts under `definitions` are templates, names under `absent` say why they have no value. */
export const scopeOf = (
  values: Readonly<Record<string, Value>>,
  more: { definitions?: Readonly<Record<string, string>>; absent?: Readonly<Record<string, string>> } = {},
): Scope => {
  const meanings = new Map<string, Meaning>(
    Object.entries(values).map(([name, value]) => [name, { kind: 'value', value }]),
  );
  for (const [name, text] of Object.entries(more.definitions ?? {})) {
    meanings.set(name, { kind: 'definition', template: compileTextTemplate(plainText(text)).template });
  }
  for (const [name, why] of Object.entries(more.absent ?? {})) meanings.set(name, { kind: 'absent', why });
  return {
    resolve: (name) => meanings.get(name),
    names: () => [...meanings.keys()],
    draw: (builtin, args) => `<${builtin}${args.length > 0 ? `(${args.join(',')})` : ''}>`,
  };
};

/** What an expression comes to: `{value}`, `{missing}` or `{code, message, column, …}`. */
export const worked = (source: string, scope: Scope = scopeOf({})): Record<string, unknown> => {
  const parsed = parseExpression(plainText(source));
  if (!parsed.ok) return told(parsed.problem);
  const evaluated = evaluate(parsed.value, scope);
  if (!evaluated.ok) return told(evaluated.problem);
  return evaluated.value.kind === 'value'
    ? { value: evaluated.value.value }
    : { missing: evaluated.value.what, ...told(evaluated.value.problem) };
};

const told = ({
  code,
  message,
  span,
  suggestion,
  help,
}: Extract<ReturnType<typeof parseExpression>, { ok: false }>['problem']) => ({
  code,
  message,
  column: span.column,
  ...(suggestion !== undefined && { suggestion }),
  ...(help !== undefined && { help }),
});
