import { expect, test } from '@jest/globals';
import type { RunEvent } from '@testmesh/domain';
import { demandKnownShape } from './known-shape.fixture.ts';

const cancelled = { type: 'RunCancelRequested', by: 'ada' } as const;

test('a member that no golden file has is found at any depth, and what people put in may be anything', () => {
  expect(() => demandKnownShape(cancelled)).not.toThrow();
  expect(() => demandKnownShape({ ...cancelled, why: 'tired' } as RunEvent)).toThrow(
    'RunCancelRequested has why, and its golden file has not',
  );
  const span = { file: 'f', line: 1, column: 1, endLine: 1, endColumn: 2 };
  const step = (over: object) =>
    ({ type: 'StepCompleted', span, captured: { any: { thing: 1 } }, ...over }) as unknown as RunEvent;
  expect(() => demandKnownShape(step({}))).not.toThrow();
  expect(() => demandKnownShape(step({ span: { ...span, unit: 'byte' } }))).toThrow('StepCompleted has span.unit');
  expect(() => demandKnownShape(step({ assertions: [{ passed: true }, { odd: 1 }] }))).toThrow('assertions[].odd');
});
