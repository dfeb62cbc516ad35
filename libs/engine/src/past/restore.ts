import { parseJson, type StepCompleted, type Value, type ValueMap } from '@testmesh/domain';
import type { BlobStore } from '@testmesh/ports';
import { isBlob, isMap } from '../blobs.ts';
import type { Run } from '../run.ts';

interface Restored {
  readonly output: ValueMap | undefined;
  readonly captured: ReadonlyMap<string, Value>;
  /** What failed and how, when the fact shows it masked. */
  readonly message?: string | undefined;
}

/** What a step left behind, whole and unmasked; its result only when something may look into it. */
export const restored = async (ended: StepCompleted, run: Run, lookedInto: boolean): Promise<Restored> => {
  const { blobs } = run.ports;
  const kept = run.kept.ofStep(ended.path);
  const captured = kept ? kept.captured : await wholeMap(ended.captured, blobs);
  const output = lookedInto ? (kept?.output ?? (await whole(ended.output, blobs))) : ended.output && {};
  return {
    output: output === undefined ? undefined : isMap(output) ? output : {},
    captured: new Map(Object.entries(captured)),
    message: kept?.message,
  };
};

// A map may be stored as one, with larger values in it stored before.
const whole = async (value: Value | undefined, blobs: BlobStore): Promise<Value | undefined> => {
  if (value === undefined) return undefined;
  const outer = await fetched(value, blobs);
  return isMap(outer) ? wholeMap(outer, blobs) : outer;
};

const wholeMap = async (map: ValueMap, blobs: BlobStore): Promise<ValueMap> => {
  const entries = Object.entries(map).map(async ([key, value]) => [key, await fetched(value, blobs)] as const);
  return Object.fromEntries(await Promise.all(entries));
};

const fetched = async (value: Value, blobs: BlobStore): Promise<Value> => {
  if (!isBlob(value)) return value;
  const bytes = await blobs.get(value.$blob);
  if (bytes) return parseJson(new TextDecoder().decode(bytes));
  throw new Error(`the run cannot go on: the value ${value.$blob} of its history is not in the blob store`);
};
