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
