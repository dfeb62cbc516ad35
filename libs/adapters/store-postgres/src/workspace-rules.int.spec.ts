import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { freshStore, made, type TestStore } from './store.fixture.ts';
import { postgresWorkspaceRules } from './workspace-rules.ts';

describeWith('postgres', 'rules of workspaces', (address) => {
  let fixture: TestStore;
  beforeAll(async () => {
    fixture = await freshStore(address);
  });
  afterAll(() => fixture.drop());

  test('rules that are asked for at once are one statement, each as it stands for its workspace', async () => {
    const { caller, stranger, store, pool } = fixture;
    // The queue keeps a copy of limits, in tables of its own.
    const rules = postgresWorkspaceRules(store, { set: async () => undefined } as never);
    const deny = { allow: null, deny: ['*.internal'] };
    made(await rules.put(caller, { kind: 'outbound', content: deny, seen: undefined }));
    made(await rules.put(stranger, { kind: 'limits', content: { maxRunning: 3 }, seen: undefined }));
    const asked = jest.spyOn(pool, 'query');
    const found = await Promise.all([
      rules.get(caller.workspace, 'outbound'),
      rules.get(caller.workspace.toUpperCase(), 'outbound'),
      rules.get(caller.workspace, 'limits'),
      rules.get(stranger.workspace, 'outbound'),
      rules.get(stranger.workspace, 'limits'),
      rules.get('nobody', 'outbound'),
    ]);
    expect(asked.mock.calls).toHaveLength(1);
    asked.mockRestore();
    const none = { content: { allow: null, deny: [] }, version: 0 };
    expect(found).toEqual([
      { content: deny, version: 1 },
      { content: deny, version: 1 },
      { content: { maxRunning: null }, version: 0 },
      none,
      { content: { maxRunning: 3 }, version: 1 },
      none,
    ]);
  });

  test('a change is seen by whoever asks after it', async () => {
    const { caller, store } = fixture;
    const rules = postgresWorkspaceRules(store);
    const before = await rules.get(caller.workspace, 'outbound');
    made(await rules.put(caller, { kind: 'outbound', content: { allow: ['a.test'], deny: [] }, seen: undefined }));
    expect(await rules.get(caller.workspace, 'outbound')).toEqual({
      content: { allow: ['a.test'], deny: [] },
      version: before.version + 1,
    });
  });
});
