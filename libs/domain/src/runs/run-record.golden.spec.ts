import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../values/canonical-json.ts';
import type { ValueMap } from '../values/value.ts';
import type { RecordedEvent } from './envelope.ts';
import { RUN_EVENT_TYPES, runEventOf, runEventVersion } from './run-record.ts';

// What journals hold is read for ever. golden/TYPE.vN.json keeps an event as version N wrote it, with every member it can
// have, and as it is read today. A file is never changed but for what is read: that is what today's code makes of it.

const folder = join(import.meta.dirname, 'golden');

interface Golden {
  readonly written: ValueMap;
  readonly read: ValueMap;
}

const recorded = (type: string, sv: number, data: ValueMap): RecordedEvent => ({
  ...{ id: 'e', stream: 'run-r', type, sv, workspace: 'w', epoch: 1, actor: 'a', time: 0, data },
  ...{ ver: 1, at: 0, chain: '' },
});

const everyVersion = RUN_EVENT_TYPES.flatMap((type) =>
  Array.from({ length: runEventVersion(type) }, (_, before) => [type, before + 1] as const),
);

test('every version of every event is kept, and nothing else', () => {
  expect(readdirSync(folder).sort()).toEqual(everyVersion.map(([type, sv]) => `${type}.v${sv}.json`).sort());
});

describe.each(everyVersion)('%s written by version %i', (type, sv) => {
  const { written, read } = JSON.parse(readFileSync(join(folder, `${type}.v${sv}.json`), 'utf8')) as Golden;

  test('is read byte for byte as today’s code understands it', () => {
    const { type: _type, ...data } = runEventOf(recorded(type, sv, written)) as unknown as ValueMap;
    expect(canonicalJson(data)).toBe(canonicalJson(read));
  });

  test('is read the same when it is written again today', () => {
    const { type: _type, ...data } = runEventOf(recorded(type, runEventVersion(type), read)) as unknown as ValueMap;
    expect(canonicalJson(data)).toBe(canonicalJson(read));
  });
});
