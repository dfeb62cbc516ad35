import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { configEventData, configStream, scheduleEventOf, scheduleStream } from '@testmesh/domain';
import { describeWith } from '../../../../tools/testing/real.ts';
import { type Filled, fill } from '../graphql/graphql.fixture.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

// The golden files of libs/domain say what was ever written: here is what is written today, held against them.

jest.setTimeout(60_000);

const GOLDEN = join(import.meta.dirname, '../../../../libs/domain/src');
const membersOf = (value: object): readonly string[] => Object.keys(value).sort();
const golden = (folder: string, type: string, version: number): readonly string[] => {
  const text = readFileSync(join(GOLDEN, folder, 'golden', `${type}.v${version}.json`), 'utf8');
  return membersOf((JSON.parse(text) as { readonly written: object }).written);
};

describeWith('postgres', 'what is written today', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let filled: Filled;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    filled = await fill(world, workspace);
  });
  afterAll(() => world.close());

  test('of a change of configuration has the members of its golden file', async () => {
    const types = new Set<string>();
    for await (const event of world.storage.journal.read(configStream(workspace))) {
      types.add(event.type);
      expect([event.type, membersOf(event.data)]).toEqual([event.type, golden('configuration', event.type, event.sv)]);
      expect(configEventData(event)).toEqual(event.data);
    }
    const created = ['ApiKey', 'Environment', 'Flow', 'Schedule', 'Suite', 'Workspace'].map((of) => `${of}Created`);
    expect([...types]).toEqual(expect.arrayContaining([...created, 'TestEnvironmentRegistered']));
  });

  test('of a slot of a schedule has the members of its golden file', async () => {
    await world.storage.firings.changeNow(filled.schedule, () => ({
      events: [
        { type: 'ScheduleFired', firing: filled.run, slot: 1, retry: 0, manual: true, notBefore: 1, waits: false },
        { type: 'ScheduleMissed', since: 2, slot: 4, count: 3, reason: 'overlap', by: filled.run },
      ],
    }));
    const types: string[] = [];
    for await (const event of world.storage.journal.read(scheduleStream(filled.schedule))) {
      types.push(event.type);
      expect(membersOf(event.data)).toEqual(golden('schedules', event.type, event.sv));
      expect(scheduleEventOf(event)).toEqual({ type: event.type, ...event.data });
    }
    expect(types).toEqual(['ScheduleFired', 'ScheduleMissed']);
  });
});
