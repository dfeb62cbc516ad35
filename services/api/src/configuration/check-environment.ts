import { detailOf } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { type ActionCatalogue, readEnvironment } from '@testmesh/flow';
import { type EnvironmentContent, environmentText } from '@testmesh/store-postgres';

/** Stands for a secret whose value is kept and not sent again; long enough to be masked. */
const KEPT_SECRET = 'kept-as-it-was';

/** Refuses an environment that no run could use, with everything that is wrong with it. */
export const checkEnvironment = async (content: EnvironmentContent, catalogue: ActionCatalogue): Promise<void> => {
  const variables = content.variables.map(({ value = KEPT_SECRET, ...rest }) => ({ ...rest, value }));
  const written = environmentText({ ...content, id: '', workspace: '', variables });
  const { diagnostics } = await readEnvironment(written, content.name, catalogue);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new Problem('cannot-be-done', `${first.code} ${first.message}${more}`, {
    // Lines and columns are those of a text that nobody wrote.
    errors: errors.map((diagnostic) => {
      const { file: _file, line: _line, column: _column, ...detail } = detailOf(diagnostic);
      return detail;
    }),
  });
};
