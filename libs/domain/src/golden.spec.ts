import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CONFIG_EVENT_TYPES, configEventData, configEventVersion } from './configuration/config-record.ts';
import type { RecordedEvent } from './runs/envelope.ts';
import { RUN_EVENT_TYPES, runEventOf, runEventVersion } from './runs/run-record.ts';
import { SCHEDULE_EVENT_TYPES, scheduleEventOf, scheduleEventVersion } from './schedules/schedule-record.ts';
import {
  TEST_ENVIRONMENT_EVENT_TYPES,
  testEnvironmentEventOf,
  testEnvironmentEventVersion,
} from './test-environments/test-environment-record.ts';
import { canonicalJson } from './values/canonical-json.ts';
import type { ValueMap } from './values/value.ts';

// What journals hold is read for ever. golden/TYPE.vN.json of each kind of stream keeps an event as version N wrote it, with
// every member it can have, and as it is read today. A file is never changed but for what is read: that is what today's
// code makes of it.

interface Golden {
  readonly written: ValueMap;
  readonly read: ValueMap;
}

interface Kind {
  readonly folder: string;
  readonly types: readonly string[];
  readonly version: (type: never) => number;
  readonly read: (recorded: RecordedEvent) => unknown;
}

const KINDS: readonly Kind[] = [
  { folder: 'runs', types: RUN_EVENT_TYPES, version: runEventVersion, read: runEventOf },
  { folder: 'schedules', types: SCHEDULE_EVENT_TYPES, version: scheduleEventVersion, read: scheduleEventOf },
  {
    folder: 'test-environments',
    types: TEST_ENVIRONMENT_EVENT_TYPES,
    version: testEnvironmentEventVersion,
    read: testEnvironmentEventOf,
  },
  { folder: 'configuration', types: CONFIG_EVENT_TYPES, version: configEventVersion, read: configEventData },
];

const recorded = (type: string, sv: number, data: ValueMap): RecordedEvent => ({
  ...{ id: 'e', stream: 'any', type, sv, workspace: 'w', epoch: 1, actor: 'a', time: 0, data },
  ...{ ver: 1, at: 0, chain: '' },
});

describe.each(KINDS)('of streams of $folder', ({ folder, types, version, read }) => {
  const path = join(import.meta.dirname, folder, 'golden');
  const versionOf = (type: string): number => version(type as never);
  const everyVersion = types.flatMap((type) =>
    Array.from({ length: versionOf(type) }, (_, before) => [type, before + 1] as const),
  );
  const dataRead = (type: string, sv: number, data: ValueMap): string => {
    const { type: _type, ...rest } = read(recorded(type, sv, data)) as ValueMap;
    return canonicalJson(rest);
  };

  test('every version of every event is kept, and nothing else', () => {
    expect(readdirSync(path).sort()).toEqual(everyVersion.map(([type, sv]) => `${type}.v${sv}.json`).sort());
  });

  test.each(everyVersion)('%s written by version %i is read as today’s code understands it', (type, sv) => {
    const golden = JSON.parse(readFileSync(join(path, `${type}.v${sv}.json`), 'utf8')) as Golden;
    expect(dataRead(type, sv, golden.written)).toBe(canonicalJson(golden.read));
    // And the same when it is written again today.
    expect(dataRead(type, versionOf(type), golden.read)).toBe(canonicalJson(golden.read));
  });

  test.each(types)('%s of a newer version is refused, never guessed', (type) => {
    expect(() => read(recorded(type, versionOf(type) + 1, {}))).toThrow(`has version ${versionOf(type) + 1}`);
  });
});
