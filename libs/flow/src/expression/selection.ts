// A JSONPath inside an expression looks at this step's result: a root key first, then the body.
import type { Value } from '@testmesh/domain';
import { isMap, pathText } from '../path/child.ts';
import { selectFrom } from '../path/select.ts';
import type { Ast } from './ast.ts';
import { type Evaluation, Missing } from './evaluation.ts';

export const select = (ast: Extract<Ast, { kind: 'query' }>, evaluation: Evaluation): Value | Missing => {
  const result = evaluation.scope.resolve('$');
  if (result?.kind !== 'value' || !isMap(result.value)) {
    return evaluation.stop(
      ast,
      'TM3010',
      'a path that begins with `$` needs the result of a step',
      'write the name itself: `status`, `order.body.id`',
    );
  }
  const found = selectFrom(ast.query, result.value);
  if (found.kind === 'found') return found.value;
  const what = evaluation.sourceOf(ast);
  const { suggestion, help } = found;
  const message = `\`${what}\` does not exist${found.at === undefined ? '' : `: there is no \`${pathText([found.at])}\``}`;
  return new Missing({ what, text: evaluation.text, place: ast }, { message, suggestion, help });
};
