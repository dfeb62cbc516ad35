import { expect, test } from '@jest/globals';
import { operatorRules } from '@testmesh/outbound';
import { messagePolicy } from './message-policy.ts';

const target = { host: 'hooks.example.com', address: '198.51.100.7' };
const policyOf = (deny: readonly string[], operator: Readonly<Record<string, string>> = {}) => {
  const content = { allow: ['only.example.com'], deny };
  return messagePolicy({ get: async () => ({ content }) }, operatorRules(operator, 'server'))('w');
};

test('messages go where the operator lets them, whatever the runs may reach', async () => {
  expect((await policyOf([])).connecting(target)).toBeUndefined();
  expect((await policyOf([])).connecting({ host: 'x', address: '169.254.169.254' })).toBeDefined();
  const denied = await policyOf([], { TESTMESH_OUTBOUND_DENY: '198.51.100.0/24' });
  expect(denied.connecting(target)).toBeDefined();
});

test('what the workspace denies is denied to its messages, too', async () => {
  expect((await policyOf(['hooks.example.com'])).connecting(target)).toBeDefined();
});
