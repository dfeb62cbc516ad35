import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import { parseJson, type Value } from '@testmesh/domain';
import type { TransformConfig } from './config.ts';
import { documentOf, isMap } from './document.ts';
import { lookUp, PathProblem } from './json-path.ts';
import { carryOut } from './operations.ts';
import { transformSchema } from './schema.ts';

export const transform = defineAction({
  schema: transformSchema,
  async run(config, context) {
    try {
      const input = await inputOf(config, context);
      const saved = carryOut(config.operations ?? [], input);
      const picked = Object.entries(config.transforms ?? {}).map(([key, wanted]) => [key, pick(key, wanted, input)]);
      return { kind: 'completed', output: { ...saved, ...Object.fromEntries(picked) } };
    } catch (error) {
      if (error instanceof PathProblem) return refused(error);
      throw error;
    }
  },
});

const refused = ({ code, message }: PathProblem): ActionOutcome => ({
  kind: 'not-carried-out',
  code,
  reason: message,
});

const inputOf = async ({ input, input_file }: TransformConfig, context: ActionContext): Promise<Value> => {
  if (input !== undefined) return documentOf(input);
  const text = new TextDecoder().decode(await context.readFile(input_file ?? ''));
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new PathProblem('TM4702', `${input_file} is not JSON: ${error.message}`);
    throw error;
  }
};

// `$.a`, `$[0]` and `$` are paths, `$name` is a field of the input, everything else stands for itself.
const pick = (key: string, wanted: Value, input: Value): Value => {
  if (typeof wanted !== 'string' || !wanted.startsWith('$')) return wanted;
  const path = /^\$(?:$|[.[])/.test(wanted) ? wanted : `$[${JSON.stringify(wanted.slice(1))}]`;
  const found = lookUp(path, input);
  if (found !== undefined) return found;
  throw new PathProblem(
    'TM4702',
    `transforms.${key}: there is nothing at ${wanted} in the input; ${whatThereIs(input)}`,
  );
};

const whatThereIs = (input: Value): string => {
  if (Array.isArray(input)) return `it is a list of ${input.length}`;
  if (isMap(input)) return `it has ${Object.keys(input).join(', ') || 'no fields'}`;
  return `it is ${JSON.stringify(input)}`;
};
