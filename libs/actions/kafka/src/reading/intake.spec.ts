import { describe, expect, test } from '@jest/globals';
import { mustEqual } from '@testmesh/action-kit';
import type { RawRecord } from 'kafkajs/src/cluster/index.js';
import { Intake, isEnough, type Wanted } from './intake.ts';

const wanted: Wanted = { topic: 't', count: undefined, from_beginning: false, allow_old: false, max_bytes: 1000 };
const record = (offset: number, value: unknown): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: null,
  value: Buffer.from(JSON.stringify(value)),
  headers: {},
  isControlRecord: false,
});
const isMine = [{ text: 'mine', mismatch: mustEqual(['value', 'id'], 'mine') }];
const intakeOf = (more: Partial<Wanted> = {}, requirements: typeof isMine = []) =>
  new Intake({ ...wanted, ...more }, requirements, new Map([[0, 10n]]));
const always = { count: undefined, isDrained: true, holds: () => true };

describe('what is taken', () => {
  test('I1: the first message is the first that matches; the others are kept aside with the reason', () => {
    const intake = intakeOf({}, isMine);
    intake.take(0, record(10, { id: 'theirs' }));
    intake.take(0, record(11, { id: 'mine', n: 1 }));
    intake.take(0, record(12, { id: 'mine', n: 2 }));
    expect(intake.messages.map(({ offset }) => offset)).toEqual([11, 12]);
    expect(intake.skipped.map(({ why }) => why)).toEqual(['value.id is "theirs", not "mine"']);
  });

  test('I2: nothing after the message that made the count enough is taken or committed', () => {
    const intake = intakeOf({ count: 2 });
    expect([10, 11, 12].map((offset) => intake.take(0, record(offset, {})))).toEqual([true, true, false]);
    expect(intake.consumed).toEqual(new Map([[0, 12n]]));
    expect(isEnough(intake, { ...always, count: 2 })).toBe(true);
  });

  test('only the newest few skipped ones are kept, and all are counted', () => {
    const intake = intakeOf({}, isMine);
    for (let offset = 10; offset < 60; offset++) intake.take(0, record(offset, { id: offset }));
    expect(intake.skippedCount).toBe(50);
    expect(intake.skipped.map(({ message }) => message.offset)).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  });

  test('the skipped message that met most requirements is remembered', () => {
    const intake = intakeOf({}, [...isMine, { text: 'user', mismatch: mustEqual(['value', 'user'], 'u') }]);
    intake.take(0, record(10, { id: 'mine', user: 'other' }));
    for (let offset = 11; offset < 30; offset++) intake.take(0, record(offset, { id: 'theirs', user: 'theirs' }));
    expect(intake.nearest).toMatchObject({ met: 1, why: 'value.user is "other", not "u"' });
  });

  test('messages that weigh too much together end the taking; skipped ones weigh nothing', () => {
    const intake = intakeOf({}, isMine);
    const heavy = 'x'.repeat(600);
    for (const offset of [10, 11, 12]) intake.take(0, record(offset, { id: 'theirs', heavy }));
    expect(intake.isTooLarge).toBe(false);
    for (const offset of [13, 14]) intake.take(0, record(offset, { id: 'mine', heavy }));
    expect(intake.isTooLarge).toBe(true);
    expect(intake.take(0, record(15, { id: 'mine' }))).toBe(false);
  });
});

describe('I3: when it is enough without a count', () => {
  test('as soon as the assertions hold on what has arrived', () => {
    const intake = intakeOf();
    intake.take(0, record(10, {}));
    expect(isEnough(intake, { ...always, holds: () => false })).toBe(false);
    expect(isEnough(intake, always)).toBe(true);
  });

  test('not before what was there already has been read', () => {
    const intake = intakeOf();
    intake.take(0, record(10, {}));
    expect(isEnough(intake, { ...always, isDrained: false })).toBe(false);
  });

  test('never on nothing, whatever the assertions say', () => {
    expect(isEnough(intakeOf(), always)).toBe(false);
  });
});

describe('I4: from the beginning', () => {
  test('old messages alone are not enough', () => {
    const intake = intakeOf({ from_beginning: true });
    intake.take(0, record(9, {}));
    expect(isEnough(intake, always)).toBe(false);
    intake.take(0, record(10, {}));
    expect(isEnough(intake, always)).toBe(true);
    expect(intake.messages.length).toBe(2);
  });

  test('with a count, more is taken until one is newer', () => {
    const intake = intakeOf({ from_beginning: true, count: 1 });
    expect([8, 9, 10, 11].map((offset) => intake.take(0, record(offset, {})))).toEqual([true, true, true, false]);
    expect(isEnough(intake, { ...always, count: 1 })).toBe(true);
  });

  test('a newer message that does not match does not count', () => {
    const intake = intakeOf({ from_beginning: true }, isMine);
    intake.take(0, record(9, { id: 'mine' }));
    intake.take(0, record(10, { id: 'theirs' }));
    expect(isEnough(intake, always)).toBe(false);
  });

  test('allow_old accepts old ones', () => {
    const intake = intakeOf({ from_beginning: true, allow_old: true });
    intake.take(0, record(9, {}));
    expect(isEnough(intake, always)).toBe(true);
  });
});
