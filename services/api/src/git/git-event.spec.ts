import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { gitEventOf, isSigned, repositoryOf } from './git-event.ts';

const push = { 'x-github-event': 'push' };
const SHA = '1'.repeat(40);

test('a push names its branch and its commit; tags and deleted branches are none', () => {
  const body = { ref: 'refs/heads/release/1.0', after: SHA, repository: { full_name: 'Acme/Shop' } };
  expect(gitEventOf('github', push, body)).toEqual({
    kind: 'push',
    target: 'release/1.0',
    branch: 'release/1.0',
    sha: SHA,
  });
  expect(repositoryOf(body)).toBe('Acme/Shop');
  expect(gitEventOf('github', push, { ...body, ref: 'refs/tags/v1' })).toBeUndefined();
  expect(gitEventOf('github', push, { ...body, deleted: true })).toBeUndefined();
  expect(gitEventOf('gitea', { 'x-gitea-event': 'push' }, { ...body, after: '0'.repeat(40) })).toBeUndefined();
  expect(gitEventOf('github', { 'x-github-event': 'ping' }, body)).toBeUndefined();
});

test('a pull request is held against where it goes, and counts when it has new commits', () => {
  const pull_request = { head: { ref: 'fix', sha: SHA }, base: { ref: 'main', sha: '2' } };
  const expected = { kind: 'pull_request', target: 'main', branch: 'fix', sha: SHA };
  expect(gitEventOf('github', { 'x-github-event': 'pull_request' }, { action: 'synchronize', pull_request })).toEqual(
    expected,
  );
  expect(gitEventOf('gitea', { 'x-gitea-event': 'pull_request' }, { action: 'synchronized', pull_request })).toEqual(
    expected,
  );
  expect(
    gitEventOf('github', { 'x-github-event': 'pull_request' }, { action: 'labeled', pull_request }),
  ).toBeUndefined();
  const merge = (more: object) =>
    gitEventOf(
      'gitlab',
      { 'x-gitlab-event': 'Merge Request Hook' },
      { object_attributes: { source_branch: 'fix', target_branch: 'main', last_commit: { id: SHA }, ...more } },
    );
  expect(merge({ action: 'open' })).toEqual(expected);
  expect(merge({ action: 'update', oldrev: '2' })).toEqual(expected);
  expect(merge({ action: 'update' })).toBeUndefined();
});

test('each host shows in its own way that it knows the secret', () => {
  const text = '{"a": 1}';
  const hex = createHmac('sha256', 'secret').update(text).digest('hex');
  expect(isSigned('github', { 'x-hub-signature-256': `sha256=${hex}` }, text, 'secret')).toBe(true);
  expect(isSigned('github', { 'x-hub-signature-256': hex }, text, 'secret')).toBe(false);
  expect(isSigned('github', { 'x-hub-signature-256': `sha256=${hex}` }, `${text} `, 'secret')).toBe(false);
  expect(isSigned('github', {}, text, 'secret')).toBe(false);
  expect(isSigned('gitea', { 'x-gitea-signature': hex }, text, 'secret')).toBe(true);
  expect(isSigned('gitlab', { 'x-gitlab-token': 'secret' }, text, 'secret')).toBe(true);
  expect(isSigned('gitlab', { 'x-gitlab-token': 'secre' }, text, 'secret')).toBe(false);
  expect(isSigned('gitlab', {}, text, 'secret')).toBe(false);
});
