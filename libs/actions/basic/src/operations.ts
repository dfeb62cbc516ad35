// The `operations` of a transform, done in order. A path is JSONPath (`$.users`), or a name and what follows it:
// a name saved by an earlier operation, else a field of the input.
import { stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Operation } from './config.ts';
import { lookUp, PathProblem, select } from './json-path.ts';

type Find = (path: string) => Value;

export const carryOut = (operations: readonly Operation[], input: Value): ValueMap => {
  const saved: Record<string, Value> = {};
  for (const [index, operation] of operations.entries()) {
    const where = `operations[${index}] (${operation.type})`;
    saved[operation.save_as] = result(operation, finder(where, input, saved), where);
  }
  return saved;
};

const finder =
  (where: string, input: Value, saved: ValueMap): Find =>
  (path) => {
    const [name = ''] = /^[^.[]*/.exec(path) ?? [];
    const found = Object.hasOwn(saved, name)
      ? lookUp(`$${path.slice(name.length)}`, saved[name] ?? null)
      : lookUp(path.startsWith('$') ? path : `$.${path}`, input);
    if (found !== undefined) return found;
    throw new PathProblem('TM4702', `${where}: there is nothing at ${path}`);
  };

const result = (operation: Operation, find: Find, where: string): Value => {
  switch (operation.type) {
    case 'extract':
      return find(operation.path);
    case 'map':
      return list(find, operation.array, where).map((item, index) =>
        mapped(operation.transform, item, `${where}, item ${index}`),
      );
    case 'filter':
      return select(overCurrent(operation.condition), list(find, operation.array, where));
    case 'join':
      return list(find, operation.array, where).map(asText).join(operation.separator);
    case 'format':
      return formatted(operation.template, operation.variables ?? {}, find);
  }
};

const list = (find: Find, path: string, where: string): readonly Value[] => {
  const found = find(path);
  if (Array.isArray(found)) return found as readonly Value[];
  throw new PathProblem('TM4702', `${where}: ${path} is not a list but ${stringifyJson(found).slice(0, 80)}`);
};

const mapped = (wanted: Value, item: Value, where: string): Value => {
  if (typeof wanted === 'string') return ofItem(wanted, item, where);
  const fields = Object.entries(wanted as ValueMap);
  return Object.fromEntries(
    fields.map(([key, path]) => [key, typeof path === 'string' ? ofItem(path, item, where) : path]),
  );
};

// `item`, `item.id`, `$.id` and `$` look into the item; other texts stand for themselves.
const ofItem = (text: string, item: Value, where: string): Value => {
  if (!/^(?:item|\$)(?:$|[.[])/.test(text)) return text;
  const found = lookUp(text.replace(/^item/, '$'), item);
  if (found !== undefined) return found;
  throw new PathProblem('TM4702', `${where}: there is nothing at ${text}`);
};

/** `item.status` is JSONPath's `@.status`; quoted text stays as it is. */
const overCurrent = (condition: string): string =>
  condition.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![.@\w])item\b/g, (part) =>
    part === 'item' ? '@' : part,
  );

const formatted = (template: string, variables: ValueMap, find: Find): string =>
  template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) =>
    asText(Object.hasOwn(variables, name) ? (variables[name] ?? null) : find(name.trim())),
  );

const asText = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));
