import { expect, test } from '@jest/globals';
import { dataOf, type Envelope, type RunEvent } from '@testmesh/domain';
import { Masker } from '@testmesh/engine';
import { stepFailed, stepStarted } from '../testing/flows.ts';
import { blobsNamedBy, maskedEvents, RefusedEvents } from './checked-events.ts';
import { showsSecret } from './known-secrets.ts';

const knowing = (flowText: string, ...secrets: readonly string[]) => {
  const masker = new Masker();
  for (const secret of secrets) masker.addSecret(secret);
  return { masker, flowText, namesEnvironment: false };
};
const events = (event: object): readonly Envelope[] => {
  const fact = event as RunEvent;
  const envelope = { id: 'i', stream: 'run-r', sv: 1, workspace: 'w', epoch: 1, actor: 'a', time: 0 };
  return [{ ...envelope, type: fact.type, data: dataOf(fact) }];
};

test('X2: what an honest executor has masked is stored as it is, short secrets and connection strings included', () => {
  const secrets = knowing('', 'n', '1', 'pass"word-44');
  const honest = events({
    ...stepFailed,
    output: { status: 10, body: ' password="x" http://u:***@h *** \n' },
    captured: { text: '***' },
  });
  expect(maskedEvents(honest, secrets)[0]?.data['captured']).toEqual({ text: '***' });
  expect(showsSecret(secrets)(JSON.stringify({ html: '<a password="x">\n1' }))).toBe(false);
});

test('X2: a secret in a name or a path is refused, unless the flow says it openly', () => {
  const leaking = events({ ...stepStarted, path: 'loop/order-service' });
  expect(() => maskedEvents(leaking, knowing('', 'order-service'))).toThrow(RefusedEvents);
  expect(maskedEvents(leaking, knowing('- id: order-service', 'order-service'))).toHaveLength(1);
  expect(() => maskedEvents(events({ ...stepStarted, id: 'a\\"b-12345' }), knowing('', 'a\\"b-12345'))).toThrow(
    RefusedEvents,
  );
});

test('X3: bodies are found wherever they are named', () => {
  const hash = 'ab'.repeat(32);
  const naming = events({
    ...stepFailed,
    output: { deep: [{ body: { $blob: hash, size: 1 } }] },
    captured: { $blob: 'no' },
  });
  expect(blobsNamedBy(naming)).toEqual([hash]);
});
