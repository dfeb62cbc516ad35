import { expect, test } from '@jest/globals';
import { withoutKeys } from './without-keys.ts';

const slack = {
  kind: 'slack',
  url: 'https://hooks.example.com/services/T01/B02/aVerySecretKey?token=another%2Dsecret',
} as const;

test.each([
  ['no hook /services/T01/B02/aVerySecretKey', 'no hook /***/T01/B02/***'],
  ['the token another%2Dsecret, or another-secret', 'the token ***, or ***'],
  ['said the server', 'said the server'],
])('what a host says loses what of its address opens something: %s', (said, expected) => {
  expect(withoutKeys(said, slack)).toBe(expected);
});

test('passwords and signing secrets are gone, too', () => {
  const mail = { kind: 'email', server: 'smtp://user:p%40ss@h', from: 'a', to: [] } as const;
  expect(withoutKeys('535 p@ss is wrong', mail)).toBe('535 *** is wrong');
  const hook = { kind: 'webhook', url: 'https://h/x', signingSecret: 'signs-it' } as const;
  expect(withoutKeys('signs-it is not x', hook)).toBe('*** is not x');
});

test('an address that is none hides nothing', () => {
  expect(withoutKeys('x', { kind: 'slack', url: 'no address' })).toBe('x');
});
