import type { Value, ValueMap } from '@testmesh/domain';
import type { Outcome, Text } from '../model/text.ts';
import type { Query } from './query.ts';

export interface OutputPath {
  readonly text: Text;
  readonly query: Query;
  /** What stands in for a miss: nothing (`?`) or a value (`?? 0`). */
  readonly otherwise?: { readonly value: Value | undefined };
}

export interface ExtractOptions {
  readonly stepId: string;
  readonly aliases: Readonly<Record<string, string>>;
}

export const parseOutputPath = (_text: Text): Outcome<OutputPath> => {
  throw new Error('not here yet');
};

/** The value at the path; undefined only where the path ends in an explicit `?`. */
export const extract = (
  _path: OutputPath,
  _result: ValueMap,
  _options: ExtractOptions,
): Outcome<Value | undefined> => {
  throw new Error('not here yet');
};
