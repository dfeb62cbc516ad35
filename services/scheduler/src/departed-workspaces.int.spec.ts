import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import { eventId, newRunId } from '@testmesh/runtime';
import { describeWith } from '../../../tools/testing/real.ts';
import { cancelDeparted } from './departed-workspaces.ts';
import { made, type TestScheduler, testScheduler } from './scheduler.fixture.ts';

const REQUESTED: RunEvent = {
  type: 'RunRequested',
  flow: { name: 'f', file: 'f.yaml', hash: 'h' },
  variables: {},
  tags: [],
  pool: 'departed',
  restartable: false,
};

describeWith('postgres', 'a workspace that was deleted', (address) => {
  let world: TestScheduler;
  beforeAll(async () => {
    world = await testScheduler(address);
  }, 60_000);
  afterAll(() => world.close());

  const ask = async (workspace: string): Promise<string> => {
    const runId = newRunId();
    const stream = `run-${runId}`;
    const event = {
      id: eventId(stream, 0, 1),
      stream,
      type: REQUESTED.type,
      sv: runEventVersion(REQUESTED.type),
      workspace,
      epoch: 0,
      actor: 'test',
      time: Date.now() * 1000,
      data: dataOf(REQUESTED),
    };
    await world.storage.queue.request([{ runId, workspace, pool: 'departed', priority: 0, exclusive: [], event }]);
    return runId;
  };
  const told = async (runId: string): Promise<readonly string[]> => {
    const types: string[] = [];
    for await (const { type } of world.storage.journal.read(`run-${runId}`)) types.push(type);
    return types;
  };

  test('has its runs cancelled, queued or running, once; those of others go on', async () => {
    const { storage } = world;
    const content = { name: 'g', slug: 'gone', description: '', type: 'team', settings: {} } as const;
    const { id: gone } = made(await storage.workspaces.create(content, 'test'));
    const running = await ask(gone);
    await storage.queue.claim({ executor: 'e', pools: ['departed'], slots: 1, leaseMs: 60_000 });
    const [waiting, another] = [await ask(gone), await ask(world.caller.workspace)];
    await cancelDeparted(storage);
    expect(await told(waiting)).toEqual(['RunRequested']);
    made(await storage.workspaces.remove({ workspace: gone, actor: 'test', seen: undefined }));
    for (let round = 0; round < 2; round += 1) expect(await cancelDeparted(storage)).toBe(false);
    expect(await told(running)).toEqual(['RunRequested', 'RunClaimed', 'RunCancelRequested']);
    expect((await told(waiting)).at(-1)).toBe('RunCompleted');
    expect(await told(another)).toEqual(['RunRequested']);
  });

  test('one that cannot be cancelled holds up no other', async () => {
    const cancelled: string[] = [];
    const workspaces = { runsLeft: async () => ['a', 'b', 'c'] };
    const cancel = async (runId: string) => {
      if (runId === 'a') throw new Error('an event of a newer version');
      cancelled.push(runId);
      return 'cancelled' as const;
    };
    const round = cancelDeparted({ workspaces, queue: { cancel } });
    await expect(round).rejects.toThrow('1 runs could not be cancelled: Error: an event of a newer version');
    expect(cancelled).toEqual(['b', 'c']);
  });
});
