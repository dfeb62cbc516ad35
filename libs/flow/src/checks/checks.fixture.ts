import { expect } from '@jest/globals';
import { readEnvironment } from '../environment/read-environment.ts';
import type { Environment, Flow } from '../model/flow.ts';
import { catalogue } from '../reading/catalogue.fixture.ts';
import { readFlow } from '../reading/read-flow.ts';
import { checkFlow } from './check-flow.ts';
import type { CheckOptions } from './names.ts';

export const flowOf = async (text: string, file = 'flows/order.yaml'): Promise<Flow> => {
  const { flow, diagnostics } = await readFlow({ file, text }, catalogue);
  expect(diagnostics).toEqual([]);
  if (flow === undefined) throw new Error('no flow');
  return flow;
};

export const environmentOf = async (text: string): Promise<Environment | undefined> =>
  (await readEnvironment({ file: 'environments/staging.yaml', text }, 'staging', catalogue)).environment;

/** What is found in a flow in which `»` marks each place where something is expected: codes and places, found and expected. */
export const judged = async (marked: string, options: Partial<CheckOptions> = {}) => {
  const expected: string[] = [];
  const text = marked
    .split('\n')
    .map((line, index) => {
      let plain = line;
      for (let at = plain.indexOf('»'); at >= 0; at = plain.indexOf('»')) {
        expected.push(`${index + 1}:${at + 1}`);
        plain = plain.replace('»', '');
      }
      return plain;
    })
    .join('\n');
  const diagnostics = checkFlow(await flowOf(text), { variables: new Set(), ...options });
  return {
    codes: diagnostics.map(({ code }) => code),
    places: diagnostics.map(({ span }) => `${span.line}:${span.column}`),
    expected,
    diagnostics,
  };
};

/** Steps within a flow. */
export const steps = (lines: string): string => `flow:\n  name: a\n  steps:\n${lines.replace(/^/gm, '    ')}\n`;

/** A request that checks its status, with more keys of the step. */
export const get = (more: string): string => `{ action: http, config: { url: "http://a/b" }, ${more} }`;

/** A request of a path. */
export const getPath = (path: string): string => `{ action: http, config: { url: "http://a/${path}" } }`;
