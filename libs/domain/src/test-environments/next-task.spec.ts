import { expect, test } from '@jest/globals';
import { nextTask } from './next-task.ts';
import {
  after,
  destroyRequested,
  failed,
  held,
  ready,
  registered,
  released,
  started,
} from './test-environment.fixture.ts';

test('what is to be done follows from the facts', () => {
  expect(nextTask({ status: 'absent' })).toBe('nothing');
  expect(nextTask(after(registered))).toBe('provision');
  expect(nextTask(after(registered, started()))).toBe('follow');
  for (const history of [ready, held, [...held, released()]]) expect(nextTask(after(...history))).toBe('check');
});

test('a failed environment rests until somebody asks for it again', () => {
  expect(nextTask(after(registered, started(), failed()))).toBe('nothing');
});

test('an environment on its way out is torn down at once, or when its run has ended', () => {
  for (const history of [[registered], [registered, started()], ready, [...held, released()]]) {
    expect(nextTask(after(...history, destroyRequested()))).toBe('tear-down');
  }
  expect(nextTask(after(...held, destroyRequested()))).toBe('nothing');
});
