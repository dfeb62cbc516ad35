import type { ActionContext } from '@testmesh/action-kit';
import { stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { isMap, lookUp, segmentsOf } from './look-up.ts';
import { replaceMarked, wholePath } from './template-marks.ts';

/** What a mock's placeholders can see: the request and the state, by their roots. */
export interface View {
  readonly values: ValueMap;
  readonly random: ActionContext['random'];
}

/** A placeholder that leads nowhere; the mock answers with it, and the step's author reads it. */
export class TemplateProblem extends Error {}

/** A value with every placeholder of the mock filled in; one that is a whole text keeps its type. */
export const render = (value: Value, view: View): Value => {
  if (typeof value === 'string') return renderText(value, view);
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => render(item, view));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(item, view)]));
};

const renderText = (text: string, view: View): Value => {
  const path = wholePath(text);
  if (path !== undefined) return found(path, view);
  return replaceMarked(text, (inner) => {
    const value = found(inner, view);
    return typeof value === 'string' ? value : stringifyJson(value);
  });
};

const found = (path: string, { values, random }: View): Value => {
  if (path === 'random.uuid') return random.uuid();
  if (path === 'random.int') return Math.floor(random.next() * 1_000_000);
  const isOptional = path.endsWith('?');
  const segments = segmentsOf(isOptional ? path.slice(0, -1) : path);
  if (segments === undefined) throw new TemplateProblem(`{{${path}}} is not a path such as {{request.body.id}}`);
  const value = lookUp(values, segments);
  if (value !== undefined) return value;
  if (isOptional) return null;
  throw new TemplateProblem(`there is nothing at {{${path}}}; write {{${path}?}} if it may be absent`);
};
