import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shapeOf } from './run-event-shapes.ts';

const golden = join(import.meta.dirname, '../../../../libs/domain/src/runs/golden');
const PLATFORM = /^Run(?:Requested|Claimed|LeaseExpired|Released|Parked|Unparked|CancelRequested)\./;

test('every fact of an executor goes through unchanged, and none of the platform', () => {
  const files = readdirSync(golden);
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) {
    const { read } = JSON.parse(readFileSync(join(golden, file), 'utf8'));
    const [type = ''] = file.split('.');
    const shape = shapeOf(type);
    expect([file, shape === undefined]).toEqual([file, PLATFORM.test(file)]);
    if (shape !== undefined) expect([file, shape.parse(read)]).toEqual([file, read]);
  }
});

test('what belongs to every object is no fact', () => {
  expect(shapeOf('constructor')).toBeUndefined();
  expect(shapeOf('__proto__')).toBeUndefined();
});

test.each([
  ['StepStarted', 'attempt', [9_007_199_254_740_991, 10_000_001, -1, 1.5]],
  ['StepCompleted', 'durationMs', [1e300, 366 * 86_400_000 + 1, -1]],
  ['StepCompleted', 'checks', [9_007_199_254_740_991, 1e300]],
  ['RunCompleted', 'durationMs', [1e300]],
  ['EnvironmentEntered', 'waitedMs', [1e300]],
  ['EnvironmentEntered', 'epoch', [9_007_199_254_740_991]],
] as const)('%s is refused where its %s is more than what reads it takes', (type, key, numbers) => {
  const file = readdirSync(golden).find((name) => name.startsWith(`${type}.`)) ?? '';
  const { read } = JSON.parse(readFileSync(join(golden, file), 'utf8'));
  const shape = shapeOf(type);
  expect(shape?.safeParse(read).success).toBe(true);
  for (const number of numbers)
    expect([number, shape?.safeParse({ ...read, [key]: number }).success]).toEqual([number, false]);
});

test('what a step tries and where it stands is bounded inside, too', () => {
  const file = readdirSync(golden).find((name) => name.startsWith('StepCompleted.')) ?? '';
  const { read } = JSON.parse(readFileSync(join(golden, file), 'utf8'));
  const attempt = { status: 'passed', durationMs: 1e300, failures: [] };
  expect(shapeOf('StepCompleted')?.safeParse({ ...read, attempts: [attempt] }).success).toBe(false);
  const span = { ...read.span, line: 9_007_199_254_740_991 };
  expect(shapeOf('StepCompleted')?.safeParse({ ...read, span }).success).toBe(false);
});
