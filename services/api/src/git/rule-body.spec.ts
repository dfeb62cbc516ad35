import { expect, test } from '@jest/globals';
import { ruleRequest } from './rule-body.ts';

const RULE = {
  name: 'r',
  provider: 'github',
  repository: 'acme/shop',
  flow_id: '0190a000-0000-7000-8000-000000000001',
};

test('a rule runs what it names directly, which may be said', () => {
  expect(ruleRequest.safeParse({ ...RULE, trigger_mode: 'direct' }).success).toBe(true);
  const refused = ruleRequest.safeParse({ ...RULE, trigger_mode: 'schedule' });
  expect(refused.error?.issues.map(({ message }) => message)).toEqual([
    'a schedule fires by the clock: name the flow or the suite that is to run',
  ]);
});
